import { ContainerizeError, causesOf, messageOf } from '../errors.ts';
import { explainPrivileges } from './platform.ts';

export interface ExplainFacts {
  where: 'pod' | 'container' | undefined;
  /** A pull request from another repository: its token reads only. */
  fork: boolean;
}

/** Adds what only this door knows: which line of the workflow is to be changed. */
export function explain(error: unknown, { where, fork }: ExplainFacts): unknown {
  const chain = causesOf(error);
  const refused = chain.find(
    (e): e is ContainerizeError => e instanceof ContainerizeError && (e.code === 'denied' || e.code === 'unauthorized'),
  );
  if (refused !== undefined && chain.some((e) => /\bghcr\.io\b/.test(messageOf(e)))) {
    const hint = fork
      ? "the token of a pull request from a fork may only read: push in another event, with push: ${{ github.event_name != 'pull_request' }}"
      : 'give the job the permission to write packages:\n  permissions:\n    contents: read\n    packages: write\nand, for a package that another repository made, give this repository write access in the package’s settings';
    return new ContainerizeError(refused.code, messageOf(error), { hint, cause: error });
  }
  return explainPrivileges(error, where);
}
