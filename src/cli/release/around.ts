import { openGithub } from '../../door/github.ts';
import { readRepositoryContext } from '../../door/repository-context.ts';
import type { Surroundings } from '../../pipeline/deployed-release.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { DeployHook } from '../../release/deploy.ts';
import { DeploymentRecord, type ReleaseStore } from '../../release/deployments.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, CommandContext, Option } from '../command.ts';
import { replaceProjectFile } from '../user-file.ts';

/** Flags about what happens beside the registry. */
export const AROUND_OPTIONS: readonly Option[] = [
  {
    name: 'deploy',
    type: 'list',
    placeholder: 'COMMAND',
    help: 'Run this on this machine afterwards; $CONTAINERIZE_IMAGE is the image by digest',
  },
  {
    name: 'deploy-compose',
    type: 'list',
    placeholder: 'SERVICE[,file=FILE][,project=NAME]',
    help: 'Start this Compose service with the image by digest afterwards',
  },
  {
    name: 'deploy-kubectl',
    type: 'list',
    placeholder: 'WORKLOAD[,container=NAME][,namespace=NAME][,context=NAME][,timeout=5m]',
    help: 'kubectl set image and rollout status afterwards, such as deployment/app',
  },
  { name: 'deploy-undo', type: 'boolean', help: 'Go back, tags and deployments, when deploying fails' },
  {
    name: 'environment',
    type: 'string',
    placeholder: 'NAME',
    help: 'Note it as a deployment of this GitHub environment, and in the release notes (needs GITHUB_TOKEN)',
  },
  { name: 'reason', type: 'string', placeholder: 'TEXT', help: 'Why, for the deployment and the release notes' },
];

/** Hooks and records that the flags ask for. */
export async function surroundingsOf(
  args: Arguments,
  { env, cwd, home, io, owner, signal }: CommandContext,
  engine: Engine,
): Promise<Surroundings> {
  const environment = args.string('environment');
  const root = process.getuid?.() === 0 && !engine.settings.rootless;
  return {
    hooks: hooksOf(args),
    undo: args.flag('deploy-undo'),
    options: {
      env: { ...env, HOME: home },
      cwd,
      // as whom the command was given, not as the engine
      ...(root && owner.uid !== 0 ? { user: owner } : {}),
      write: (path, text) => replaceProjectFile(cwd, path, text, owner),
      onOutput: (_, chunk) => io.stderr.write(chunk),
      signal,
    },
    record:
      environment === undefined
        ? undefined
        : await recordOf(environment, args.string('reason'), { env, cwd, io }, engine),
  };
}

async function recordOf(
  environment: string,
  reason: string | undefined,
  { env, cwd, io }: Pick<CommandContext, 'env' | 'cwd' | 'io'>,
  engine: Engine,
): Promise<DeploymentRecord> {
  const { store, context } = await githubOf(env, cwd, engine);
  return new DeploymentRecord(store, {
    environment,
    ref: context.sha || context.ref,
    ...(reason === undefined ? {} : { reason }),
    ...(context.actor === undefined ? {} : { actor: context.actor }),
    ...(context.run === undefined ? {} : { run: context.run.url }),
    warn: (message) => io.stderr.write(`warning: ${message}\n`),
  });
}

/** GitHub with the token of the environment, and the repository that the folder or the run is of. */
export async function githubOf(
  env: CommandContext['env'],
  cwd: string,
  engine: Engine,
): Promise<{ store: ReleaseStore; context: Awaited<ReturnType<typeof readRepositoryContext>> }> {
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
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

function hooksOf(args: Arguments): DeployHook[] {
  return [
    ...args.list('deploy').map((command): DeployHook => ({ kind: 'command', command })),
    ...args.list('deploy-compose').map((text): DeployHook => {
      const { first, values } = fields('deploy-compose', text, ['file', 'project']);
      return {
        kind: 'compose',
        service: first,
        file: values.file ?? 'compose.yml',
        ...(values.project === undefined ? {} : { project: values.project }),
      };
    }),
    ...args.list('deploy-kubectl').map((text): DeployHook => {
      const { first, values } = fields('deploy-kubectl', text, ['container', 'namespace', 'context', 'timeout']);
      if (!first.includes('/'))
        throw new UsageError(
          'bad-value',
          `--deploy-kubectl: expected a workload such as deployment/app, found "${first}"`,
        );
      const { namespace, context } = values;
      return {
        kind: 'kubectl',
        workload: first,
        // kubectl's word for all of them
        container: values.container ?? '*',
        ...(namespace === undefined ? {} : { namespace }),
        ...(context === undefined ? {} : { context }),
        timeout: values.timeout ?? '5m',
      };
    }),
  ];
}

/** `web,file=compose.prod.yml`: a name, then values; a name never looks like a flag or a path. */
function fields(
  flag: string,
  text: string,
  known: readonly string[],
): { first: string; values: Record<string, string> } {
  const [first = '', ...rest] = text.split(',');
  if (!/^[A-Za-z0-9][\w./-]*$/.test(first) || (flag === 'deploy-compose' && first.includes('/')))
    throw new UsageError('bad-value', `--${flag}: expected a name, found "${first}"`);
  const values: Record<string, string> = {};
  for (const part of rest) {
    const at = part.indexOf('=');
    const key = part.slice(0, Math.max(at, 0));
    if (!known.includes(key) || at === part.length - 1)
      throw new UsageError(
        'bad-value',
        `--${flag}: expected ${known.map((k) => `${k}=…`).join(', ')}, found "${part}"`,
      );
    values[key] = part.slice(at + 1);
  }
  return { first, values };
}
