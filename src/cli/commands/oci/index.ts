/**
 * `containerize oci`: an OCI runtime's command line with the flags of crun and runc, so that podman, docker and
 * containerd can use it. Its flags before the command are its own: `containerize oci --root DIR create …`.
 */
import { appendFileSync } from 'node:fs';
import { ContainerizeError, codeOf, didYouMean, messageOf } from '../../../errors.ts';
import { RuntimeError, startExitCode } from '../../../runtime/error.ts';
import { Helper } from '../../../runtime/helper.ts';
import type { OciContext } from '../../../runtime/oci/context.ts';
import { ContainerStore } from '../../../runtime/oci/stored.ts';
import { OCI_VERSION_MAX } from '../../../runtime/spec.ts';
import { parseArguments } from '../../arguments.ts';
import type { Arguments, Command } from '../../command.ts';
import type { OciCommand, OciEnvironment } from './oci-command.ts';

/** Flags before the command. */
export const command: Command = {
  name: 'oci',
  summary: 'Work as an OCI runtime: for podman, docker and containerd',
  usage: '[OPTIONS] create|start|state|kill|delete|run|exec|list|ps|pause|resume|update|spec|features ...',
  options: [
    {
      name: 'root',
      type: 'string',
      placeholder: 'DIR',
      help: 'State of the containers (default /run/containerize-oci)',
    },
    { name: 'log', type: 'string', placeholder: 'FILE', help: 'Append errors and warnings there' },
    {
      name: 'log-format',
      type: 'string',
      placeholder: 'text|json',
      choices: ['text', 'json'],
      help: 'Form of the log',
    },
    { name: 'log-level', type: 'string', placeholder: 'LEVEL', help: 'Accepted: warnings and errors are logged' },
    { name: 'debug', type: 'boolean', help: 'Say more' },
    { name: 'systemd-cgroup', type: 'boolean', help: 'Refused: cgroups are made without systemd' },
    { name: 'cgroup-manager', type: 'string', placeholder: 'cgroupfs', help: 'Only cgroupfs' },
    { name: 'rootless', type: 'string', placeholder: 'auto', help: 'Accepted: found out by trying' },
    { name: 'criu', type: 'string', placeholder: 'PATH', help: 'Accepted and ignored' },
    { name: 'version', short: 'v', type: 'boolean', help: 'Show the version' },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 0 },
  examples: [
    ['containerize oci spec && containerize oci run demo', 'Run the bundle in the current folder'],
    [
      'podman --runtime containerize-oci run busybox true',
      'Be podman’s runtime (a wrapper script calls `containerize oci "$@"`)',
    ],
  ],
  async run(args, { env, cwd }) {
    const { ociEnvironment } = await import('./environment.ts');
    return runOci(args, ociEnvironment(env, cwd));
  },
};

const loaders: Record<string, () => Promise<{ command: OciCommand }>> = {
  create: () => import('./create.ts'),
  start: () => import('./start.ts'),
  state: () => import('./state.ts'),
  kill: () => import('./kill.ts'),
  delete: () => import('./delete.ts'),
  run: () => import('./run.ts'),
  exec: () => import('./exec.ts'),
  list: () => import('./list.ts'),
  ps: () => import('./ps.ts'),
  pause: () => import('./pause.ts'),
  resume: () => import('./resume.ts'),
  update: () => import('./update.ts'),
  spec: () => import('./spec.ts'),
  features: () => import('./features.ts'),
};

/** The whole command line, for the dedicated entry. */
export async function ociMain(argv: readonly string[], environment: OciEnvironment): Promise<number> {
  try {
    const parsed = parseArguments(command, argv);
    if (parsed.help) return await help(command, environment);
    return await runOci(parsed.arguments, environment);
  } catch (error) {
    return report(error, undefined, environment);
  }
}

async function runOci(globals: Arguments, environment: OciEnvironment): Promise<number> {
  const [name, ...rest] = globals.positional;
  try {
    if (globals.flag('version')) {
      environment.out(`containerize version ${environment.version}\nspec: ${OCI_VERSION_MAX}\n`);
      return 0;
    }
    if (name === undefined || name === 'help') return await help(command, environment);
    refuseSystemd(globals);
    const key = name === 'ls' ? 'list' : name;
    const load = Object.hasOwn(loaders, key) ? loaders[key] : undefined;
    if (load === undefined) {
      throw new ContainerizeError(
        'unknown-command',
        `unknown command: oci ${name}${didYouMean(name, Object.keys(loaders))}`,
        {
          hint: `known: ${Object.keys(loaders).join(', ')}`,
        },
      );
    }
    const { command: found } = await load();
    const parsed = parseArguments({ ...found, examples: [], run: async () => 0 }, rest);
    if (parsed.help) return await help({ ...found, examples: [], run: async () => 0 }, environment);
    return await found.run(parsed.arguments, { ...environment, oci: contextOf(globals, environment) });
  } catch (error) {
    return report(error, globals, environment, name);
  }
}

function refuseSystemd(globals: Arguments): void {
  const manager = globals.string('cgroup-manager');
  if (!globals.flag('systemd-cgroup') && (manager === undefined || manager === 'cgroupfs')) return;
  throw new RuntimeError('unsupported', 'cgroups by systemd are not done here: only cgroupfs', {
    hint: 'podman: --cgroup-manager=cgroupfs; dockerd: --exec-opt native.cgroupdriver=cgroupfs; containerd: SystemdCgroup = false',
  });
}

function contextOf(globals: Arguments, environment: OciEnvironment): OciContext {
  return {
    store: new ContainerStore(globals.string('root') ?? environment.defaultRoot),
    helper: new Helper(environment.helperBinary),
    strict: environment.isRoot,
    ...(environment.unprivileged !== undefined && { unprivileged: environment.unprivileged }),
    warn: (message) => log('warning', message, globals, environment),
  };
}

async function help(about: Command, environment: OciEnvironment): Promise<number> {
  const { commandHelp } = await import('../../help.ts');
  environment.out(commandHelp(about));
  return 0;
}

/** podman and containerd read the log; people read stderr. */
function report(error: unknown, globals: Arguments | undefined, environment: OciEnvironment, name?: string): number {
  const hint = error instanceof ContainerizeError && error.hint !== undefined ? ` (${error.hint})` : '';
  const message = `${messageOf(error)}${hint}`;
  log('error', message, globals, environment);
  if (globals?.string('log') !== undefined) environment.err(`${message}\n`);
  if (globals?.flag('debug') && error instanceof Error) environment.err(`${error.stack}\n`);
  if (codeOf(error) === 'spec-invalid' || !(name === 'run' || name === 'exec')) return 1;
  const code = startExitCode(error);
  return code === 125 ? 1 : code;
}

function log(
  level: 'error' | 'warning',
  message: string,
  globals: Arguments | undefined,
  environment: OciEnvironment,
): void {
  const time = new Date().toISOString();
  const line =
    globals?.string('log-format') === 'json'
      ? JSON.stringify({ level, msg: message, time })
      : `time="${time}" level=${level} msg=${JSON.stringify(message)}`;
  const file = globals?.string('log');
  if (file === undefined) {
    environment.err(`${line}\n`);
    return;
  }
  try {
    appendFileSync(file, `${line}\n`);
  } catch (error) {
    environment.err(`${line}\n--log: ${messageOf(error)}\n`);
  }
}
