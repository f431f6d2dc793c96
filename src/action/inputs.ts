import { codeOf, didYouMean, messageOf } from '../errors.ts';
import { type ListOptions, parseList } from '../lists.ts';
import { type DeployHook, parseComposeHook, parseKubectlHook } from '../release/deploy-hook.ts';
import { type ActionCommand, COMMANDS, type GetInput } from './command.ts';
import { ActionError } from './error.ts';
import { givenInputs } from './given.ts';

/** What `build-push-action` takes, spelt as there. Lists are read, values are not judged yet. */
export interface BuildInputs {
  context?: string;
  file?: string;
  target?: string;
  platforms: string[];
  buildArgs: string[];
  buildContexts: string[];
  ssh: string[];
  addHosts: string[];
  allow: string[];
  network?: string;
  shmSize?: string;
  ulimits: string[];
  cgroupParent?: string;
  noCache: boolean;
  noCacheFilters: string[];
  pull: boolean;
  outputs: string[];
  load: boolean;
}

export interface TestInputs {
  commands: string[];
  targets: string[];
  checks: string[];
  reports: string[];
  output: string;
  network: 'none' | 'host';
  timeout?: number;
  retries?: number;
  shard?: string;
}

export interface ReleaseInputs {
  channel?: string;
  from?: string;
  to?: string;
  reason?: string;
  hold?: boolean;
  force: boolean;
  smoke: string[];
  environment?: string;
  dryRun: boolean;
  deploy: { hooks: DeployHook[]; undo: boolean };
}

export interface LoginInputs {
  registry?: string;
  username?: string;
  password?: string;
  registryAuth?: string;
  ecr: 'auto' | boolean;
  scope?: string;
  logout: boolean;
}

/** A secret of the build; `value` never leaves the door but in the engine's environment. */
export interface SecretInput {
  id: string;
  source: { value: string } | { env: string } | { file: string };
}

export interface ActionInputs {
  command: ActionCommand;
  config?: string;
  images: string[];
  build: BuildInputs;
  secrets: SecretInput[];
  names: { images: string[]; tags: string[]; flavor: string[]; labels: string[]; annotations: string[] };
  /** Absent: what the pipeline file says; without one nothing is pushed. */
  push?: boolean;
  cache: { from: string[]; to: string[]; timeout: number };
  test: TestInputs;
  release: ReleaseInputs;
  login: LoginInputs;
  githubToken?: string;
  digests: string[];
  runners: string[];
  summary: boolean;
  annotate: boolean;
  /** Names of the inputs that say something else than their defaults. */
  given: string[];
  /** What is known but not done, and cannot change the image. */
  warnings: string[];
}

/** Reads every input. @throws ActionError, ListError */
export function readInputs(get: GetInput): ActionInputs {
  const text = (name: string): string | undefined => get(name).trim() || undefined;
  const list = (name: string, options: ListOptions = {}): string[] =>
    parseList(get(name), { name: `input ${name}`, ...options });
  const lines = (name: string): string[] => list(name, { ignoreComma: true });
  const rules = (name: string): string[] => list(name, { ignoreComma: true, comment: '#' });
  const flag = (name: string): boolean => maybeFlag(name) ?? false;
  const maybeFlag = (name: string): boolean | undefined => booleanOf(name, text(name));
  const count = (name: string, least: number): number | undefined => numberOf(name, text(name), least);
  const warnings: string[] = [];
  const command = choiceOf('command', text('command') ?? 'ci', COMMANDS);
  refuseWhatIsNotThere(text, maybeFlag, warnings);
  return {
    command,
    ...optional('config', text('config')),
    images: list('image'),
    build: {
      ...optional('context', text('context')),
      ...optional('file', text('file')),
      ...optional('target', text('target')),
      platforms: list('platforms'),
      buildArgs: lines('build-args'),
      buildContexts: lines('build-contexts'),
      ssh: list('ssh'),
      addHosts: list('add-hosts'),
      allow: list('allow'),
      ...optional('network', text('network')),
      ...optional('shmSize', text('shm-size')),
      ulimits: lines('ulimit'),
      ...optional('cgroupParent', text('cgroup-parent')),
      noCache: flag('no-cache'),
      noCacheFilters: list('no-cache-filters'),
      pull: flag('pull'),
      outputs: list('outputs', { ignoreComma: true, noQuotes: true }),
      load: flag('load'),
    },
    secrets: readSecrets(list),
    names: {
      images: rules('images'),
      tags: rules('tags'),
      flavor: rules('flavor'),
      labels: rules('labels'),
      annotations: rules('annotations'),
    },
    ...optional('push', maybeFlag('push')),
    cache: { from: lines('cache-from'), to: lines('cache-to'), timeout: count('cache-timeout', 1) ?? 300 },
    test: {
      commands: lines('test').filter((line) => !line.startsWith('#')),
      targets: list('test-targets'),
      checks: list('test-checks'),
      reports: lines('test-reports'),
      output: text('test-output') ?? 'test-results',
      network: choiceOf('test-network', text('test-network') ?? 'none', ['none', 'host']),
      ...optional('timeout', count('test-timeout', 1)),
      ...optional('retries', count('test-retries', 0)),
      ...optional('shard', shardOf(text('test-shard'))),
    },
    release: {
      ...optional('channel', text('channel')),
      ...optional('from', text('channel-from')),
      ...optional('to', text('to')),
      ...optional('reason', text('reason')),
      ...optional('hold', maybeFlag('hold')),
      force: flag('force'),
      smoke: lines('smoke'),
      ...optional('environment', text('environment')),
      dryRun: flag('dry-run'),
      deploy: {
        hooks: [
          ...lines('deploy').map((line): DeployHook => ({ kind: 'command', command: line })),
          ...lines('deploy-compose').map((text) => hookOf('deploy-compose', () => parseComposeHook(text))),
          ...lines('deploy-kubectl').map((text) => hookOf('deploy-kubectl', () => parseKubectlHook(text))),
        ],
        undo: flag('deploy-undo'),
      },
    },
    login: {
      ...optional('registry', text('registry')),
      ...optional('username', text('username')),
      // a password may begin or end with a blank
      ...optional('password', get('password') || undefined),
      ...optional('registryAuth', text('registry-auth')),
      ecr: (text('ecr') ?? 'auto') === 'auto' ? 'auto' : flag('ecr'),
      ...optional('scope', text('scope')),
      logout: maybeFlag('logout') ?? true,
    },
    ...optional('githubToken', text('github-token')),
    digests: list('digests'),
    runners: list('runners'),
    summary: maybeFlag('summary') ?? true,
    annotate: maybeFlag('annotate') ?? true,
    given: givenInputs(get),
    warnings,
  };
}

/** Values of secrets may be of several lines, in quotes; what is wrong is said without them. */
function readSecrets(list: (name: string, options?: ListOptions) => string[]): SecretInput[] {
  const secrets: SecretInput[] = [];
  const add = (
    input: string,
    items: readonly string[],
    expected: string,
    source: (v: string) => SecretInput['source'],
  ) => {
    for (const [i, item] of items.entries()) {
      const equals = item.indexOf('=');
      const id = item.slice(0, Math.max(0, equals)).trim();
      const value = item.slice(equals + 1);
      if (equals <= 0 || id === '' || value === '')
        throw new ActionError('bad-input', `input ${input}: expected item ${i + 1} to be ${expected}`, {
          // the item may be a line of a secret
          hint: 'a value of several lines stands in quotes, with its name: "NAME=first line\\nsecond line"; the value is not shown here',
        });
      if (secrets.some((other) => other.id === id))
        throw new ActionError('bad-input', `input ${input}: the secret ${id} is given twice`);
      secrets.push({ id, source: source(value) });
    }
  };
  add('secrets', list('secrets', { ignoreComma: true, keepBlanks: true }), 'ID=VALUE', (value) => ({ value }));
  add('secret-envs', list('secret-envs'), 'ID=VARIABLE', (env) => ({ env: env.trim() }));
  add('secret-files', list('secret-files', { ignoreComma: true }), 'ID=PATH', (file) => ({ file: file.trim() }));
  return secrets;
}

/** Inputs of the docker actions that mean something we do not do: a warning where the image stays the same, else an error. */
function refuseWhatIsNotThere(
  text: (name: string) => string | undefined,
  maybeFlag: (name: string) => boolean | undefined,
  warnings: string[],
): void {
  for (const name of ['sbom', 'provenance']) {
    const value = text(name);
    if (value === undefined) continue;
    const off = /^(true|false)$/i.test(value) ? maybeFlag(name) === false : value === 'disabled=true';
    if (off) continue;
    throw new ActionError('not-yet', `input ${name}: attestations are not made yet, and "${value}" asks for one`, {
      hint: `leave ${name} out, or make one with actions/attest from the output digest`,
    });
  }
  if (text('attests') !== undefined)
    throw new ActionError('not-yet', 'input attests: attestations are not made yet', {
      hint: 'leave attests out, or make one with actions/attest from the output digest',
    });
  const call = text('call');
  if (call !== undefined && call !== 'build')
    throw new ActionError('not-yet', `input call: expected build, found "${call}": build checks are not there yet`);
  if (text('builder') !== undefined)
    warnings.push(
      'input builder is ignored: there are no builder instances here, the image is built by this step itself',
    );
}

function hookOf(name: string, parse: () => DeployHook): DeployHook {
  try {
    return parse();
  } catch (error) {
    throw codeOf(error) === 'bad-value' ? new ActionError('bad-input', `input ${name}: ${messageOf(error)}`) : error;
  }
}

function booleanOf(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(true|True|TRUE)$/.test(value)) return true;
  if (/^(false|False|FALSE)$/.test(value)) return false;
  throw new ActionError('bad-input', `input ${name}: expected true or false, found "${short(value)}"`);
}

function numberOf(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
  throw new ActionError(
    'bad-input',
    `input ${name}: expected a whole number of at least ${least}, found "${short(value)}"`,
  );
}

function choiceOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new ActionError(
    'bad-input',
    `input ${name}: expected one of ${choices.join(', ')}, found "${short(value)}"${didYouMean(value, choices)}`,
  );
}

function shardOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, index, total] = /^(\d+)\/(\d+)$/.exec(value) ?? [];
  if (Number(index) >= 1 && Number(index) <= Number(total)) return value;
  throw new ActionError('bad-input', `input test-shard: expected INDEX/TOTAL such as 1/4, found "${short(value)}"`);
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function short(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
