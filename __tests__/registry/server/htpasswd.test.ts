import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyBcrypt } from '../../../src/registry/server/bcrypt.ts';
import { apr1, Htpasswd, parseHtpasswd } from '../../../src/registry/server/htpasswd.ts';
import { fractionOfPi } from '../../../src/registry/server/pi.ts';
import { makeScratch } from '../../helpers/make-scratch.ts';
import { startRegistry } from '../../helpers/registry.ts';
import { registryClient } from '../../helpers/registry-client.ts';

test('pi begins as everybody knows', () => {
  const [first, second] = fractionOfPi(1042);
  expect([first! >>> 0, second! >>> 0].map((n) => n.toString(16))).toEqual(['243f6a88', '85a308d3']);
});

describe('bcrypt', () => {
  // Vectors published with OpenBSD's and Openwall's implementations.
  test.each([
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
    ['U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
    ['', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
  ])('%j matches %s', async (password, hash) => {
    expect(await verifyBcrypt(password, hash)).toBe(true);
    expect(await verifyBcrypt(`${password}x`, hash)).toBe(false);
  });

  test.each([
    '',
    '$2y$05$short',
    '$2y$99$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy',
    '$2y$31$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy',
  ])('%j matches nothing', async (hash) => {
    expect(await verifyBcrypt('', hash)).toBe(false);
  });

  test('only 72 bytes of a password count', async () => {
    const long = 'ä'.repeat(40);
    const hash = htpasswd(['-nbBC', '4'], long);
    if (hash === undefined) return;
    expect(await verifyBcrypt(long, hash)).toBe(true);
  });
});

test('apr1 is what openssl makes', () => {
  for (const [password, salt] of [
    ['geheim', 'abcdefgh'],
    ['', 'x'],
    ['a'.repeat(40), '12345678'],
  ] as const) {
    const made = execFileSync('openssl', ['passwd', '-apr1', '-salt', salt, '-stdin'], {
      input: `${password}\n`,
      encoding: 'utf8',
    }).trim();
    expect(apr1(password, salt)).toBe(made);
  }
});

test.each([
  ['nocolon', 'f:1: expected user:hash'],
  ['u:$2y$05$x\n:x', 'f:2: expected user:hash'],
  ['u:{SSHA}abc', 'f:1: the hash of u is of a kind that is not supported'],
  ['u:plain', 'f:1: the hash of u is of a kind that is not supported'],
])('%j is refused: %s', (text, message) => {
  expect(() => parseHtpasswd(text, 'f')).toThrow(message);
});

describe('users', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = makeScratch('htpasswd');
    file = join(folder, 'users');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const sha = (password: string): string => `{SHA}${createHash('sha1').update(password).digest('base64')}`;
  const basic = (user: string, password: string): string =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  test('a right password is right, also the second time; changes of the file count at once', async () => {
    await writeFile(
      file,
      `# users\nanna:${sha('a:b')}\nbert:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n`,
    );
    const users = await Htpasswd.open(file);
    for (let i = 0; i < 2; i++) {
      expect(await users.authenticate(basic('anna', 'a:b'))).toBe('anna');
      expect(await users.authenticate(basic('bert', 'U*U'))).toBe('bert');
      expect(await users.authenticate(basic('bert', 'wrong'))).toBeUndefined();
      expect(await users.authenticate(basic('nobody', 'a:b'))).toBeUndefined();
    }
    for (const header of [
      undefined,
      '',
      'Basic',
      'Basic !!!',
      'Bearer x',
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
    ])
      expect(await users.authenticate(header)).toBeUndefined();
    await writeFile(file, `anna:${sha('new password')}\n`);
    expect(await users.authenticate(basic('anna', 'a:b'))).toBeUndefined();
    expect(await users.authenticate(basic('anna', 'new password'))).toBe('anna');
  });

  test('a registry with users asks everybody, and takes our client', async () => {
    await writeFile(file, `anna:${sha('secret')}\n`);
    await using registry = await startRegistry({ htpasswd: file });
    const asked = await fetch(`${registry.url}/v2/`);
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic realm="/),
    ]);
    const client = registryClient({ credentials: { get: async () => ({ username: 'anna', password: 'secret' }) } });
    await client.checkLogin(registry.host);
    client.close();
  });
});

/** Apache's own tool, where it is installed. */
function htpasswd(args: string[], password: string): string | undefined {
  try {
    return execFileSync('htpasswd', [...args, 'u', password], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .slice(2);
  } catch {
    return undefined;
  }
}
