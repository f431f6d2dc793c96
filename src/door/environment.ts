import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EngineSettings } from '../pipeline/wire.ts';
import { helperBinary } from './helper-binary.ts';

/** What the process was given, as plain data: nothing below the doors reads `process.env`. */
export interface Environment {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  uid: number;
  gid: number;
  debug: boolean;
  /** A CI service runs this: no questions, no cursor tricks. */
  ci: boolean;
}

export function readEnvironment(): Environment {
  const env = process.env;
  return {
    env,
    cwd: process.cwd(),
    home: env.HOME ?? homedir(),
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    debug: isOn(env.CONTAINERIZE_DEBUG) || env.RUNNER_DEBUG === '1',
    ci: isOn(env.CI) || env.GITHUB_ACTIONS === 'true',
  };
}

/** Where state lies and how the network is reached, for whoever carries the work out. */
export function engineSettings(
  environment: Environment,
  overrides: { root?: string | undefined; run?: string | undefined },
  privilege: { rootless: boolean },
): EngineSettings {
  const { env, home, uid } = environment;
  const data = env.XDG_DATA_HOME || join(home, '.local', 'share');
  const root = overrides.root ?? env.CONTAINERIZE_ROOT;
  const run = overrides.run ?? env.CONTAINERIZE_RUN;
  const defaultRoot = privilege.rootless ? join(data, 'containerize') : '/var/lib/containerize';
  const defaultRun = privilege.rootless
    ? join(env.XDG_RUNTIME_DIR || `/tmp/containerize-run-${uid}`, 'containerize')
    : '/run/containerize';
  const state = { root: root || defaultRoot, run: run || defaultRun };
  return {
    ...state,
    self: [process.execPath, ...process.execArgv, process.argv[1]!, '--root', state.root, '--run-root', state.run],
    helper: helperBinary(env),
    rootless: privilege.rootless,
    proxies: proxiesOf(env),
    extraCa: env.NODE_EXTRA_CA_CERTS || undefined,
    dockerConfig: env.DOCKER_CONFIG || join(home, '.docker'),
    registryFiles: [
      ...(env.CONTAINERIZE_REGISTRIES ? [env.CONTAINERIZE_REGISTRIES] : []),
      join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containerize', 'registries.json'),
      '/etc/containerize/registries.json',
      '/etc/docker/daemon.json',
    ],
    env,
    ci: environment.ci,
    inActions: env.GITHUB_ACTIONS === 'true',
  };
}

/** Both spellings are in use; the lower-case one wins, as in curl. */
function proxiesOf(env: Environment['env']): EngineSettings['proxies'] {
  const all = env.all_proxy || env.ALL_PROXY;
  return {
    http: env.http_proxy || env.HTTP_PROXY || all || undefined,
    https: env.https_proxy || env.HTTPS_PROXY || all || undefined,
    no: env.no_proxy || env.NO_PROXY || undefined,
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}
