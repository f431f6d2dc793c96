import { chown, lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { DEFAULT_REGISTRY } from '../oci/reference.ts';
import { runCredentialHelper } from './credential-helper.ts';
import { RegistryError } from './registry-error.ts';

/** What proves to a registry who we are. */
export interface Credential {
  username: string;
  password: string;
  /** An OAuth2 refresh token, instead of a password. */
  identityToken?: string;
  /** A bearer token to send as it is. */
  registryToken?: string;
}

export interface CredentialSource {
  get(registry: string): Promise<Credential | undefined>;
}

/** For who has none, or no home to keep them in. */
export const anonymous: CredentialSource = { get: async () => undefined };

/** The user name by which helpers mark an identity token. */
const TOKEN_USER = '<token>';
/** Docker Hub's key in config.json, older than the registry that answers now. */
const HUB_KEY = 'https://index.docker.io/v1/';

interface ConfigFile {
  auths?: Record<string, AuthEntry>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
  [other: string]: unknown;
}

interface AuthEntry {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

/** Docker's config.json: `auths`, `credHelpers`, `credsStore`. */
export class DockerConfig implements CredentialSource {
  readonly path: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #owner: { uid: number; gid: number } | undefined;
  #file: Promise<ConfigFile> | undefined;

  /** `folder` is docker's configuration folder, `env` what helpers are started with, `owner` to whom a new file belongs. */
  constructor(folder: string, env: Readonly<Record<string, string | undefined>>, owner?: { uid: number; gid: number }) {
    this.path = join(folder, 'config.json');
    this.#env = env;
    this.#owner = owner;
  }

  async get(registry: string): Promise<Credential | undefined> {
    const file = await this.#read();
    const key = configKey(registry);
    const helper = helperFor(file, registry);
    if (helper !== undefined) {
      const found = await this.#ask(helper, key);
      if (found !== undefined) return found;
    }
    const entry =
      Object.entries(file.auths ?? {}).find(([name]) => name === key) ??
      Object.entries(file.auths ?? {}).find(([name]) => hostOf(name) === hostOf(key));
    return entry === undefined ? undefined : fromEntry(entry[1], `${this.path}: auths["${entry[0]}"]`);
  }

  /** Keeps a credential: in the helper that serves this registry, else in the file, readable by its owner only. */
  async store(registry: string, credential: Credential): Promise<{ helper?: string }> {
    this.#file = undefined;
    const file = await this.#read();
    const key = configKey(registry);
    const helper = helperFor(file, registry);
    if (helper !== undefined) {
      const [user, secret] =
        credential.identityToken === undefined
          ? [credential.username, credential.password]
          : [TOKEN_USER, credential.identityToken];
      await runCredentialHelper(
        helper,
        'store',
        JSON.stringify({ ServerURL: key, Username: user, Secret: secret }),
        this.#env,
      );
      // The empty entry is how docker remembers where somebody is logged in.
      await this.#change((f) => ({ ...f, auths: { ...f.auths, [key]: {} } }));
      return { helper };
    }
    const auth = Buffer.from(
      `${credential.username}:${credential.identityToken === undefined ? credential.password : ''}`,
    ).toString('base64');
    const entry: AuthEntry = {
      auth,
      ...(credential.identityToken === undefined ? {} : { identitytoken: credential.identityToken }),
    };
    await this.#change((f) => ({ ...f, auths: { ...f.auths, [key]: entry } }));
    return {};
  }

  /** Forgets what is kept for a registry; false when nothing was. */
  async erase(registry: string): Promise<boolean> {
    this.#file = undefined;
    const file = await this.#read();
    const key = configKey(registry);
    const helper = helperFor(file, registry);
    const there =
      (helper !== undefined && (await this.#ask(helper, key)) !== undefined) ||
      Object.keys(file.auths ?? {}).some((name) => hostOf(name) === hostOf(key));
    if (helper !== undefined) await runCredentialHelper(helper, 'erase', key, this.#env);
    if (Object.keys(file.auths ?? {}).some((name) => hostOf(name) === hostOf(key))) {
      await this.#change((f) => ({
        ...f,
        auths: Object.fromEntries(Object.entries(f.auths ?? {}).filter(([name]) => hostOf(name) !== hostOf(key))),
      }));
    }
    return there;
  }

  async #ask(helper: string, key: string): Promise<Credential | undefined> {
    const answer = await runCredentialHelper(helper, 'get', key, this.#env);
    if (answer === undefined) return undefined;
    let value: { Username?: unknown; Secret?: unknown };
    try {
      value = JSON.parse(answer);
    } catch {
      throw new RegistryError('credential-helper', `docker-credential-${helper} get: expected JSON`);
    }
    if (typeof value.Username !== 'string' || typeof value.Secret !== 'string')
      throw new RegistryError('credential-helper', `docker-credential-${helper} get: expected Username and Secret`);
    if (value.Username === '' && value.Secret === '') return undefined;
    return value.Username === TOKEN_USER
      ? { username: '', password: '', identityToken: value.Secret }
      : { username: value.Username, password: value.Secret };
  }

  #read(): Promise<ConfigFile> {
    this.#file ??= this.#load();
    return this.#file;
  }

  async #load(): Promise<ConfigFile> {
    let text: string | undefined;
    try {
      text = await readTextIfThere(this.path);
    } catch (error) {
      if (codeOf(error) === 'ENOTDIR') return {};
      throw new RegistryError('invalid-config', `cannot read ${this.path}: ${codeOf(error)}`, { cause: error });
    }
    if (text === undefined || text.trim() === '') return {};
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigFile;
    } catch {
      // The next line says it.
    }
    throw new RegistryError('invalid-config', `${this.path}: expected a JSON object`, {
      hint: 'repair the file, or remove it and log in again',
    });
  }

  /** Reads, changes and replaces the file; everything else in it stays as it is. */
  async #change(change: (file: ConfigFile) => ConfigFile): Promise<void> {
    this.#file = undefined;
    const next = change(await this.#read());
    const folder = dirname(this.path);
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    // People link config.json to somewhere else: the link stays, its target changes.
    const target = await realpath(this.path).catch(() => this.path);
    const owner = (await lstat(target).catch(() => undefined)) ?? this.#owner;
    await writeFileAtomic(target, `${JSON.stringify(next, undefined, '\t')}\n`, { mode: 0o600 });
    if (owner !== undefined && (process.getuid?.() ?? 1) === 0) {
      await chown(target, owner.uid, owner.gid);
      if (made !== undefined) await chown(folder, owner.uid, owner.gid);
    }
    this.#file = undefined;
  }
}

/** How docker spells a registry in config.json and to helpers. */
export function configKey(registry: string): string {
  return registry === DEFAULT_REGISTRY ? HUB_KEY : registry;
}

/** The host of an `auths` key: schemes, paths and Hub's several names are all in use. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0]!;
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? DEFAULT_REGISTRY : host;
}

function helperFor(file: ConfigFile, registry: string): string | undefined {
  const helpers = Object.entries(file.credHelpers ?? {});
  const own =
    helpers.find(([name]) => name === configKey(registry)) ?? helpers.find(([name]) => hostOf(name) === registry);
  return own?.[1] || file.credsStore || undefined;
}

function fromEntry(entry: AuthEntry, where: string): Credential | undefined {
  let { username = '', password = '' } = entry;
  if (typeof entry.auth === 'string' && entry.auth !== '') {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) throw new RegistryError('invalid-config', `${where}: expected auth to be base64 of user:password`);
    // Docker has padded passwords with NULs.
    [username, password] = [text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, '')];
  }
  const credential: Credential = { username, password };
  if (username === TOKEN_USER) return { username: '', password: '', identityToken: password };
  if (entry.identitytoken) credential.identityToken = entry.identitytoken;
  if (entry.registrytoken) credential.registryToken = entry.registrytoken;
  return username === '' && password === '' && !credential.identityToken && !credential.registryToken
    ? undefined
    : credential;
}
