import { chmod, lstat, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DockerConfig } from '../../src/registry/credentials.ts';
import { makeScratch } from '../helpers/make-scratch.ts';

let folder: string;
beforeEach(async () => {
  folder = makeScratch('credentials');
});
afterEach(() => rm(folder, { recursive: true }));

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function config(value: unknown): Promise<DockerConfig> {
  await writeFile(join(folder, 'config.json'), typeof value === 'string' ? value : JSON.stringify(value));
  return new DockerConfig(folder, { PATH: `${folder}:${process.env.PATH}`, STORE: join(folder, 'kept') });
}

/** A helper that keeps what it is given in a file, and writes down how it was called. */
async function helper(name: string): Promise<void> {
  const script = `#!/bin/sh
echo "$0 $*" >> "$STORE.log"
input=$(cat)
case "$1" in
store) printf '%s' "$input" > "$STORE" ;;
get) if [ -f "$STORE" ]; then cat "$STORE"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
erase) rm -f "$STORE" ;;
esac
`;
  await writeFile(join(folder, `docker-credential-${name}`), script);
  await chmod(join(folder, `docker-credential-${name}`), 0o755);
}

describe('reading', () => {
  test.each([
    ['ghcr.io', { 'ghcr.io': { auth: base64('u:p:w') } }, { username: 'u', password: 'p:w' }],
    ['ghcr.io', { 'https://ghcr.io': { auth: base64('u:p') } }, { username: 'u', password: 'p' }],
    ['ghcr.io', { 'https://ghcr.io/v1/': { auth: base64('u:p') } }, { username: 'u', password: 'p' }],
    ['docker.io', { 'https://index.docker.io/v1/': { auth: base64('u:p') } }, { username: 'u', password: 'p' }],
    ['docker.io', { 'registry-1.docker.io': { auth: base64('u:p') } }, { username: 'u', password: 'p' }],
    ['r:1', { 'r:1': { username: 'u', password: 'p' } }, { username: 'u', password: 'p' }],
    ['r:1', { 'r:1': { auth: base64('u:p\0\0') } }, { username: 'u', password: 'p' }],
    ['r:1', { 'r:1': { auth: base64('u:'), identitytoken: 't' } }, { username: 'u', password: '', identityToken: 't' }],
    ['r:1', { 'r:1': { registrytoken: 't' } }, { username: '', password: '', registryToken: 't' }],
    ['r:1', { 'r:1': {} }, undefined],
    ['r:1', { 'r:2': { auth: base64('u:p') } }, undefined],
  ])('%s in %j is %j', async (registry, auths, expected) => {
    expect(await (await config({ auths })).get(registry)).toEqual(expected);
  });

  test('no file and an empty file know nothing', async () => {
    expect(await new DockerConfig(join(folder, 'none'), {}).get('ghcr.io')).toBeUndefined();
    expect(await (await config('')).get('ghcr.io')).toBeUndefined();
  });

  test('a broken file and a broken entry are told with their place, without their content', async () => {
    await expect((await config('{secret')).get('r')).rejects.toThrow(
      `${join(folder, 'config.json')}: expected a JSON object`,
    );
    const error = await (await config({ auths: { r: { auth: base64('topsecret') } } }))
      .get('r')
      .catch((e: Error) => e.message);
    expect(error).toContain('expected auth to be base64 of user:password');
    expect(error).not.toContain('topsecret');
  });
});

describe('helpers', () => {
  test('store, get and erase go through the helper, by stdin', async () => {
    await helper('vault');
    const source = await config({ credsStore: 'vault' });
    expect(await source.get('ghcr.io')).toBeUndefined();
    expect(await source.store('ghcr.io', { username: 'u', password: 'geheim' })).toEqual({ helper: 'vault' });
    expect(JSON.parse(await readFile(join(folder, 'kept'), 'utf8'))).toEqual({
      ServerURL: 'ghcr.io',
      Username: 'u',
      Secret: 'geheim',
    });
    expect(await source.get('ghcr.io')).toEqual({ username: 'u', password: 'geheim' });
    expect(await readFile(join(folder, 'config.json'), 'utf8')).not.toContain('geheim');
    expect(await source.erase('ghcr.io')).toBe(true);
    expect(await source.get('ghcr.io')).toBeUndefined();
    expect(await readFile(join(folder, 'kept.log'), 'utf8')).not.toContain('geheim');
  });

  test('a registry with a helper of its own uses that; <token> marks an identity token', async () => {
    await helper('own');
    await writeFile(join(folder, 'kept'), JSON.stringify({ ServerURL: 'r', Username: '<token>', Secret: 'refresh' }));
    const source = await config({ credsStore: 'missing', credHelpers: { 'r.example': 'own' } });
    expect(await source.get('r.example')).toEqual({ username: '', password: '', identityToken: 'refresh' });
  });

  test('a helper that is missing, fails or is no name is told', async () => {
    await expect((await config({ credsStore: 'missing' })).get('r')).rejects.toThrow(
      'docker-credential-missing is not installed',
    );
    await expect((await config({ credsStore: '../x' })).get('r')).rejects.toThrow(
      'is not the name of a credential helper',
    );
    await writeFile(join(folder, 'docker-credential-sad'), '#!/bin/sh\necho "vault is locked"; exit 3\n', {
      mode: 0o755,
    });
    await expect((await config({ credsStore: 'sad' })).get('r')).rejects.toThrow(
      'docker-credential-sad get failed (status 3): vault is locked',
    );
  });
});

describe('writing', () => {
  test('what else is in the file stays, and only its owner can read it', async () => {
    const source = await config({
      auths: { a: { auth: base64('x:y') } },
      currentContext: 'c',
      HttpHeaders: { h: '1' },
    });
    await chmod(join(folder, 'config.json'), 0o644);
    expect(await source.store('b', { username: 'u', password: 'p' })).toEqual({});
    const file = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    expect(file).toEqual({
      auths: { a: { auth: base64('x:y') }, b: { auth: base64('u:p') } },
      currentContext: 'c',
      HttpHeaders: { h: '1' },
    });
    expect((await stat(join(folder, 'config.json'))).mode & 0o777).toBe(0o600);
  });

  test('the folder is made for its owner only; erase takes all spellings of a registry', async () => {
    const source = new DockerConfig(join(folder, 'new', '.docker'), {});
    await source.store('docker.io', { username: 'u', password: 'p' });
    expect((await stat(join(folder, 'new', '.docker'))).mode & 0o777).toBe(0o700);
    expect(Object.keys(JSON.parse(await readFile(source.path, 'utf8')).auths)).toEqual(['https://index.docker.io/v1/']);
    expect(await source.erase('docker.io')).toBe(true);
    expect(await source.erase('docker.io')).toBe(false);
    expect(JSON.parse(await readFile(source.path, 'utf8')).auths).toEqual({});
  });

  test('a linked config.json stays a link', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'c.json'), '{}');
    await mkdir(join(folder, 'd'));
    await symlink(join(folder, 'real', 'c.json'), join(folder, 'd', 'config.json'));
    await new DockerConfig(join(folder, 'd'), {}).store('r', { username: 'u', password: 'p' });
    expect((await lstat(join(folder, 'd', 'config.json'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real', 'c.json'), 'utf8')).toContain(base64('u:p'));
  });
});
