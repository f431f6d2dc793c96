import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import type { Http } from '../http.ts';
import { configKey } from '../registry/credentials.ts';
import { awsKeys, ecrLogin, ecrRegistryOf } from './ecr.ts';
import { ActionError } from './error.ts';
import type { Login } from './logins.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface LoginSurroundings {
  env: Env;
  /** Folder of the runner for files of this job. */
  temp: string;
  /** Where earlier logins are: DOCKER_CONFIG, or `.docker` at home. */
  dockerConfig: string;
  /** Owner of the repository, whose packages the job's token may use. */
  owner?: string;
  actor?: string;
  githubToken?: string;
  /** Hides a text in the log, before anything else is done with it. */
  mask(secret: string, how?: { asItIs: boolean }): void;
  /** Says something to the user. */
  say(line: string): void;
  warn(message: string): void;
  http(): Promise<Http>;
  now: Date;
  signal: AbortSignal;
}

interface DockerFile {
  auths?: Record<string, unknown>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
  [other: string]: unknown;
}

/**
 * Makes a private docker configuration of this step: earlier logins of the job, those of the inputs on top, and the
 * job's token for ghcr.io. Returns its folder, which the post step removes.
 */
export async function logIn(logins: readonly Login[], around: LoginSurroundings): Promise<string> {
  const earlier = await readEarlier(around);
  const auths: Record<string, unknown> = { ...earlier.auths };
  const credHelpers = { ...earlier.credHelpers };
  const own = new Set<string>();
  for (const login of logins) {
    const { username, password } = await credentialOf(login, around);
    const key = configKey(login.registry);
    for (const name of Object.keys(auths)) if (sameHost(name, login.registry)) delete auths[name];
    for (const name of Object.keys(credHelpers)) if (sameHost(name, login.registry)) delete credHelpers[name];
    auths[key] = { auth: basic(username, password, around) };
    own.add(login.registry);
    around.say(`logged in to ${login.registry} as ${username}`);
  }
  const known = (registry: string): boolean =>
    own.has(registry) ||
    Object.keys(auths).some((name) => sameHost(name, registry)) ||
    Object.keys(credHelpers).some((name) => sameHost(name, registry));
  if (around.githubToken !== undefined && servesGhcr(around.env) && !known('ghcr.io')) {
    auths['ghcr.io'] = { auth: basic(around.actor ?? 'token', around.githubToken, around) };
    around.say(
      `ghcr.io: using the token of this job${around.owner ? ` for the packages of ${around.owner.toLowerCase()}` : ''}`,
    );
  }
  const { credsStore } = earlier;
  const file: DockerFile = { ...earlier, auths, credHelpers };
  if (credsStore !== undefined) {
    // A store is asked before `auths`: it keeps serving the registries that it knows, and not those of this step.
    delete file.credsStore;
    for (const name of Object.keys(earlier.auths ?? {}))
      if (![...own].some((registry) => sameHost(name, registry)) && isEmptyEntry(auths[name]))
        credHelpers[name] ??= credsStore;
  }
  const folder = await mkdtemp(join(around.temp, 'containerize-docker-'));
  await chmod(folder, 0o700);
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(file)}\n`, { mode: 0o600 });
  return folder;
}

async function credentialOf(login: Login, around: LoginSurroundings): Promise<{ username: string; password: string }> {
  if (login.password !== undefined) around.mask(login.password);
  const ecr = login.ecr === false ? undefined : ecrRegistryOf(login.registry);
  if (login.ecr === true && ecr === undefined)
    throw new ActionError('bad-input', `input ecr: ${login.registry} is not the name of an ECR registry`, {
      hint: 'expected ACCOUNT.dkr.ecr.REGION.amazonaws.com or public.ecr.aws',
    });
  // `AWS` is the name in a token that somebody fetched before
  if (ecr === undefined || login.username === 'AWS') return { username: login.username!, password: login.password! };
  const keys = awsKeys(around.env, login.username, login.password);
  if (keys === undefined)
    throw new ActionError('missing-input', `${login.registry}: there are no AWS keys`, {
      hint: 'add aws-actions/configure-aws-credentials before this step, or give the access key as username and its secret as password',
    });
  around.mask(keys.secret);
  if (keys.session !== undefined) around.mask(keys.session);
  const { env, now, signal } = around;
  const found = await ecrLogin(await around.http(), ecr, keys, { env, now, signal });
  around.mask(found.password);
  return found;
}

/** The base64 form is as good as the password. */
function basic(username: string, password: string, { mask }: LoginSurroundings): string {
  mask(password);
  const text = Buffer.from(`${username}:${password}`).toString('base64');
  // its own base64 forms would hide nothing that is ever written
  mask(text, { asItIs: true });
  return text;
}

async function readEarlier({ dockerConfig, warn }: LoginSurroundings): Promise<DockerFile> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dockerConfig, 'config.json'), 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DockerFile;
    throw new Error('expected a JSON object');
  } catch (error) {
    // JSON.parse quotes what it reads, and this is a file of passwords
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR')
      warn(
        `logins of earlier steps are not used: ${join(dockerConfig, 'config.json')} ${codeOf(error) === undefined ? 'is not JSON' : `cannot be read: ${messageOf(error)}`}`,
      );
    return {};
  }
}

/** ghcr.io belongs to github.com; a server of one's own has its registry elsewhere. */
function servesGhcr(env: Env): boolean {
  return (env.GITHUB_SERVER_URL ?? 'https://github.com') === 'https://github.com';
}

function sameHost(key: string, registry: string): boolean {
  const host = key.replace(/^https?:\/\//, '').split('/')[0]!;
  return (host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host) === registry;
}

function isEmptyEntry(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && Object.keys(entry).length === 0;
}
