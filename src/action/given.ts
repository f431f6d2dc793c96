import type { ActionCommand, GetInput } from './command.ts';

interface Given {
  command: ActionCommand;
  /** Names of the inputs that say something. */
  given: readonly string[];
  release: { channel?: string };
}

/** Values of action.yml for inputs that are left out: the runner gives them as if somebody had written them. */
export const DEFAULTS: Readonly<Record<string, string>> = {
  command: 'ci',
  'no-cache': 'false',
  pull: 'false',
  load: 'false',
  'cache-timeout': '300',
  'test-output': 'test-results',
  'test-network': 'none',
  ecr: 'auto',
  logout: 'true',
  force: 'false',
  'dry-run': 'false',
  'deploy-undo': 'false',
  summary: 'true',
  annotate: 'true',
};

const BUILDS: readonly ActionCommand[] = ['ci', 'build', 'test'];
const NAMES: readonly ActionCommand[] = [...BUILDS, 'push', 'merge'];
/** They release what they push, when a channel is named. */
const PUSHES: readonly ActionCommand[] = ['ci', 'push', 'merge'];
const MOVES: readonly ActionCommand[] = [...PUSHES, 'release', 'promote', 'rollback'];

/** Which commands use an input; what is not here is used by all. */
const USED_BY: Readonly<Record<string, readonly ActionCommand[]>> = {
  ...table(
    BUILDS,
    'context file target build-args build-contexts secrets secret-envs secret-files ssh add-hosts allow network shm-size ulimit cgroup-parent no-cache no-cache-filters pull load outputs labels annotations cache-from cache-to cache-timeout test test-targets test-reports test-output test-network test-timeout test-retries test-shard',
  ),
  ...table([...NAMES, 'release', 'promote', 'rollback'], 'images'),
  ...table(NAMES, 'tags flavor push'),
  ...table([...MOVES, 'build', 'test'], 'image'),
  ...table([...BUILDS, 'merge', 'plan'], 'platforms'),
  ...table([...MOVES, 'build', 'test'], 'test-checks'),
  // a build that is not released says so itself
  ...table([...MOVES, 'build', 'test'], 'channel'),
  ...table(MOVES, 'reason smoke environment dry-run deploy deploy-compose deploy-kubectl deploy-undo'),
  ...table([...MOVES, 'build'], 'force'),
  ...table(['promote'], 'channel-from'),
  ...table(['promote', 'rollback'], 'to'),
  ...table(['rollback'], 'hold'),
  ...table(['merge'], 'digests'),
  ...table(['plan'], 'runners'),
  // a login is for the whole registry
  ...table([], 'scope'),
};

/** Of a step with a pipeline file: what the file says itself. */
const IN_FILE =
  'reason smoke environment dry-run deploy deploy-compose deploy-kubectl deploy-undo force ssh add-hosts allow network shm-size ulimit cgroup-parent no-cache-filters test-reports test-network test-timeout test-retries'.split(
    ' ',
  );
/** Of a step that moves no channel. */
const OF_A_MOVE = 'reason smoke environment dry-run deploy deploy-compose deploy-kubectl deploy-undo'.split(' ');

/** Inputs that say something. */
export function givenInputs(get: GetInput): string[] {
  return Object.keys(USED_BY).filter((name) => {
    const value = get(name).trim();
    return value !== '' && value !== DEFAULTS[name];
  });
}

/** One warning that names all inputs that this step does nothing with; none when there are none. */
export function ignoredInputs({ given, command, release }: Given, file?: string): string[] {
  const useless = given.filter((name) => {
    if (!USED_BY[name]!.includes(command)) return true;
    if (file !== undefined) return IN_FILE.includes(name);
    return PUSHES.includes(command) && release.channel === undefined && OF_A_MOVE.includes(name);
  });
  if (useless.length === 0) return [];
  const [verb, them] = useless.length === 1 ? ['input', 'is'] : ['inputs', 'are'];
  return [`${verb} ${useless.join(', ')} ${them} ignored: ${reason(useless, command, release.channel, file)}`];
}

function reason(
  useless: readonly string[],
  command: ActionCommand,
  channel: string | undefined,
  file: string | undefined,
): string {
  if (useless.every((name) => name === 'scope')) return 'a login is for the whole registry';
  if (file !== undefined) return `${file} has no use for that here`;
  const lacking = channel === undefined && PUSHES.includes(command) && useless.some((name) => OF_A_MOVE.includes(name));
  return `command ${command}${lacking ? ' without a channel' : ''} has no use for that`;
}

function table(commands: readonly ActionCommand[], names: string): Record<string, readonly ActionCommand[]> {
  return Object.fromEntries(names.split(' ').map((name) => [name, commands]));
}
