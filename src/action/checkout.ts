import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { ActionError } from './error.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface CheckoutRequest {
  env: Env;
  temp: string;
  token?: string;
  signal: AbortSignal;
}

/** Whether there is anything to build in the workspace. */
export async function isEmptyWorkspace(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch {
    return true;
  }
}

/** Fetches the commit of this run into a folder of its own, as the Git context of build-push-action does. Gives the folder. */
export async function fetchCommit({ env, temp, token, signal }: CheckoutRequest): Promise<string> {
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: sha, GITHUB_SERVER_URL: server = 'https://github.com' } = env;
  const hint = 'add actions/checkout before this step, or name the folder with context:';
  if (!repository || !/^[0-9a-f]{40,64}$/.test(sha ?? ''))
    throw new ActionError('empty-workspace', 'the workspace is empty, and the run names no commit to fetch', { hint });
  const folder = await mkdtemp(join(temp, 'containerize-context-'));
  const git = (...args: string[]): Promise<void> => run(args, { folder, env: gitEnv(env, server, token), signal });
  try {
    await git('init', '--quiet');
    await git('remote', 'add', 'origin', `${server}/${repository}`);
    await git('fetch', '--quiet', '--no-tags', '--depth=1', 'origin', sha!);
    await git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    signal.throwIfAborted();
    throw new ActionError(
      'empty-workspace',
      `the workspace is empty, and ${repository} at ${sha!.slice(0, 12)} cannot be fetched: ${messageOf(error)}`,
      { hint, cause: error },
    );
  }
  return folder;
}

/** The token is in git's environment: arguments can be read by every user, and a file would stay in the context. */
function gitEnv(env: Env, server: string, token: string | undefined): Record<string, string> {
  const config: [string, string][] = [
    ['credential.helper', ''],
    ['core.hooksPath', '/dev/null'],
    ['advice.detachedHead', 'false'],
  ];
  if (token !== undefined)
    config.push([
      `http.${server}/.extraheader`,
      `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    ]);
  const names = [
    'PATH',
    'HOME',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'SSL_CERT_FILE',
  ];
  return {
    ...Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
  };
}

function run(
  args: readonly string[],
  { folder, env, signal }: { folder: string; env: Record<string, string>; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('git', args, { cwd: folder, env, signal, timeout: 600_000 }, (error, _, stderr) => {
      if (error === null) resolve();
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') reject(new Error('git is not installed'));
      else reject(new Error(stderr.trim().split('\n').at(-1)?.slice(0, 300) || error.message));
    });
  });
}
