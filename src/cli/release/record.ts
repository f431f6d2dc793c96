import { openGithub } from '../../door/github.ts';
import { readRepositoryContext } from '../../door/repository-context.ts';
import type { Engine } from '../../pipeline/wire.ts';
import { DeploymentRecord, type ReleaseStore } from '../../release/deployments.ts';
import { UsageError } from '../arguments.ts';
import type { CommandContext } from '../command.ts';

/** A move of a channel as a deployment of a GitHub environment. @throws UsageError without a token or a repository */
export async function recordOf(
  { environment, reason }: { environment: string; reason?: string | undefined },
  { env, cwd }: Pick<CommandContext, 'env' | 'cwd'>,
  engine: Engine,
  warn: (message: string) => void,
): Promise<DeploymentRecord> {
  const { store, context } = await githubOf(env, cwd, engine);
  return new DeploymentRecord(store, {
    environment,
    ref: context.sha || context.ref,
    ...(reason === undefined ? {} : { reason }),
    ...(context.actor === undefined ? {} : { actor: context.actor }),
    ...(context.run === undefined ? {} : { run: context.run.url }),
    warn,
  });
}

/** GitHub with the token of the environment, and the repository that the folder or the run is of. */
export async function githubOf(
  env: CommandContext['env'],
  cwd: string,
  engine: Engine,
): Promise<{ store: ReleaseStore; context: Awaited<ReturnType<typeof readRepositoryContext>> }> {
  // the Action's own name: what it starts does not find it by accident
  const token = env.CONTAINERIZE_GITHUB_TOKEN || env.GITHUB_TOKEN || env.GH_TOKEN;
  if (!token)
    throw new UsageError('missing-value', '--environment: there is no token', {
      hint: 'set GITHUB_TOKEN; in a workflow: env: { GITHUB_TOKEN: ${{ github.token }} } and permissions: { deployments: write }',
    });
  const context = await readRepositoryContext(env, cwd);
  const { owner, name } = context.repository ?? {};
  if (!owner || !name)
    throw new UsageError('missing-value', '--environment: which GitHub repository? this folder has no remote', {
      hint: 'run it in a clone, or set GITHUB_ACTIONS=true and GITHUB_REPOSITORY=owner/name',
    });
  const { http } = await engine.registry();
  return { store: openGithub({ token, repository: { owner, name }, apiUrl: env.GITHUB_API_URL, http }), context };
}
