import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { ContainerizeError } from '../../errors.ts';
import { verifyBcrypt } from './bcrypt.ts';

export class HtpasswdError extends ContainerizeError<'invalid-htpasswd' | 'cannot-read'> {}

/**
 * Users of an Apache htpasswd file: bcrypt (`htpasswd -B`), `{SHA}` and apr1 (`htpasswd -m`). The file is read again when it
 * changes. A password that was right once is remembered as an HMAC under a key of this process, because bcrypt is slow on
 * purpose and every request carries the password.
 */
export class Htpasswd {
  readonly #file: string;
  readonly #key = randomBytes(32);
  #users = new Map<string, string>();
  #known = new Map<string, Buffer>();
  #version = '';

  private constructor(file: string) {
    this.#file = file;
  }

  static async open(file: string): Promise<Htpasswd> {
    const users = new Htpasswd(file);
    await users.#refresh();
    return users;
  }

  /** Checks an Authorization header; the user's name when it is right. */
  async authenticate(header: string | undefined): Promise<string | undefined> {
    const match = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '');
    if (match === null) return undefined;
    const text = Buffer.from(match[1]!, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) return undefined;
    await this.#refresh();
    const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
    return (await this.#verify(user, password)) ? user : undefined;
  }

  async #verify(user: string, password: string): Promise<boolean> {
    const hash = this.#users.get(user);
    if (hash === undefined) return false;
    const mark = createHmac('sha256', this.#key).update(`${hash}\0${password}`).digest();
    const known = this.#known.get(user);
    if (known !== undefined && timingSafeEqual(known, mark)) return true;
    if (!(await verify(password, hash))) return false;
    this.#known.set(user, mark);
    return true;
  }

  async #refresh(): Promise<void> {
    const { mtimeMs, size, ino } = await stat(this.#file).catch((cause: unknown) => {
      throw new HtpasswdError('cannot-read', `cannot read the users in ${this.#file}`, { cause });
    });
    const version = `${mtimeMs} ${size} ${ino}`;
    if (version === this.#version) return;
    this.#users = parseHtpasswd(await readFile(this.#file, 'utf8'), this.#file);
    this.#known = new Map();
    this.#version = version;
  }
}

/** User → hash. Kinds of hash that we cannot check are refused at once, not at the first login. */
export function parseHtpasswd(text: string, file: string): Map<string, string> {
  const users = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    const location = { file, line: i + 1, text };
    if (colon <= 0) throw new HtpasswdError('invalid-htpasswd', `${file}:${i + 1}: expected user:hash`, { location });
    const [user, hash] = [entry.slice(0, colon), entry.slice(colon + 1)];
    if (!/^(\$2[abxy]\$|\{SHA\}|\$apr1\$)/.test(hash)) {
      throw new HtpasswdError(
        'invalid-htpasswd',
        `${file}:${i + 1}: the hash of ${user} is of a kind that is not supported`,
        { location, hint: 'make it with htpasswd -B (bcrypt)' },
      );
    }
    users.set(user, hash);
  }
  return users;
}

async function verify(password: string, hash: string): Promise<boolean> {
  if (hash.startsWith('$2')) return verifyBcrypt(password, hash);
  const [salt = ''] = /(?<=^\$apr1\$)[^$]*/.exec(hash) ?? [];
  const expected = Buffer.from(hash);
  const got = Buffer.from(
    hash.startsWith('{SHA}') ? `{SHA}${createHash('sha1').update(password).digest('base64')}` : apr1(password, salt),
  );
  return expected.length === got.length && timingSafeEqual(expected, got);
}

/** Apache's MD5 scheme: 1000 rounds of md5 over password and salt in changing order. */
export function apr1(password: string, salt: string): string {
  const md5 = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();
  const key = Buffer.from(password);
  const inner = md5(key, salt, key);
  const parts: (string | Buffer)[] = [key, '$apr1$', salt];
  for (let left = key.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)));
  for (let n = key.length; n > 0; n >>= 1) parts.push(n & 1 ? Buffer.from([0]) : key.subarray(0, 1));
  let digest = md5(...parts);
  for (let i = 0; i < 1000; i++)
    digest = md5(i & 1 ? key : digest, i % 3 ? salt : '', i % 7 ? key : '', i & 1 ? digest : key);
  return `$apr1$${salt}$${apr1Text(digest)}`;
}

const APR1_ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Its base64: bytes in groups of three taken across the digest, least significant bits first. */
function apr1Text(d: Buffer): string {
  const take = (value: number, count: number): string =>
    Array.from({ length: count }, (_, i) => APR1_ALPHABET[(value >> (6 * i)) & 63]).join('');
  let text = '';
  for (let i = 0; i < 5; i++) text += take((d[i]! << 16) | (d[i + 6]! << 8) | d[i === 4 ? 5 : i + 12]!, 4);
  return text + take(d[11]!, 2);
}
