import { posix } from 'node:path';
import { ignoreMatcher } from '../../dockerfile/ignore.ts';
import type { ProposedImage } from './proposal.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** Where tests leave their files, below the pipeline file. */
const RESULTS = 'test-results';

/**
 * What tests leave must not be part of the next build's context, or COPY of the whole repository is never cached. A file that
 * is there stays as it is; what to add to it is said.
 */
export async function ignoreFiles(
  images: readonly ProposedImage[],
  files: RepositoryFiles,
): Promise<{ files: [string, string][]; notes: string[] }> {
  const notes: string[] = [];
  const git = await files.read('.gitignore');
  if (
    git === undefined
      ? (await files.names('.git')).length > 0
      : !lines(git).some((line) => /^\/?test-results\/?$/.test(line))
  )
    notes.push(`add ${RESULTS}/ to .gitignore: tests leave their files there`);
  const ignored = new Set<string>();
  for (const { context, dockerfile } of images.filter((image) => image.context === '.')) {
    const own = `${posix.join(context, dockerfile ?? 'Dockerfile')}.dockerignore`;
    ignored.add((await files.read(own)) === undefined ? '.dockerignore' : own);
  }
  const made: [string, string][] = [];
  for (const name of ignored) {
    const text = await files.read(name);
    if (text === undefined) made.push([name, `# what tests leave is no part of the next build\n${RESULTS}\n`]);
    else if (!ignores(text)) notes.push(`add ${RESULTS} to ${name}: what tests leave is no part of the next build`);
  }
  return { files: made, notes };
}

function ignores(text: string): boolean {
  try {
    return ignoreMatcher(lines(text).map((line) => ({ text: line }))).ignores(`${RESULTS}/x`);
  } catch {
    return false;
  }
}

function lines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
