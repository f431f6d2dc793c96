import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  DEFAULT_CONFIG,
  isInsecure,
  parseRegistryConfig,
  readRegistryConfig,
  tlsSettings,
} from '../../src/registry/config.ts';
import { parseServerName } from '../../src/registry/server-name.ts';
import { makeScratch } from '../helpers/make-scratch.ts';

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const path = makeScratch('config');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe('settings in the manner of daemon.json', () => {
  test('mirrors, ours for other registries, insecure registries; other keys are left alone', () => {
    const text =
      '{"registry-mirrors":["https://m"],"mirrors":{"ghcr.io":["g:5000"]},"insecure-registries":["a:1","10.0.0.0/8"],"exec-opts":[]}';
    expect(parseRegistryConfig(text, 'f')).toMatchObject({
      mirrors: { 'docker.io': ['https://m'], 'ghcr.io': ['g:5000'] },
      insecure: ['a:1', '10.0.0.0/8'],
    });
  });

  test.each([
    ['{', 'f: expected JSON'],
    ['[]', 'f: expected a JSON object'],
    ['{"insecure-registries":"x"}', 'f: expected "insecure-registries" to be a list of strings'],
    ['{"mirrors":[]}', 'f: expected "mirrors" to be an object'],
    ['{"registry-mirrors":["https://m/path"]}', '"https://m/path" is not the address of a mirror'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseRegistryConfig(text, 'f')).toThrow(message);
  });

  test('flags come before files, files in their order, missing files are skipped', async () => {
    await using dir = await folder();
    await writeFile(join(dir.path, 'b.json'), '{"registry-mirrors":["https://b"],"insecure-registries":["b"]}');
    const config = await readRegistryConfig([join(dir.path, 'a.json'), join(dir.path, 'b.json')], {
      insecure: ['f'],
      mirrors: ['https://f'],
    });
    expect(config.mirrors).toEqual({ 'docker.io': ['https://f', 'https://b'] });
    expect(config.insecure).toEqual(['f', 'b']);
  });
});

test.each([
  ['localhost:5000', true],
  ['127.0.0.1:5000', true],
  ['[::1]:5000', true],
  ['a.example:1', true],
  ['a.example:2', false],
  ['b.example:77', true],
  ['10.1.2.3:5000', true],
  ['ghcr.io', false],
])('%s is insecure: %s', (host, expected) => {
  expect(isInsecure(host, { ...DEFAULT_CONFIG, insecure: ['a.example:1', 'b.example', '10.0.0.0/8'] })).toBe(expected);
});

test("docker's certificates of a host: authorities, client certificate and key; a key that is missing is told", async () => {
  await using dir = await folder();
  await mkdir(join(dir.path, 'r.example:5000'));
  await writeFile(join(dir.path, 'r.example:5000', 'ca.crt'), 'CA');
  const tls = tlsSettings({ ...DEFAULT_CONFIG, certificates: [dir.path] });
  expect(await tls('r.example:5000')).toEqual({ ca: ['CA'] });
  expect(await tls('other.example')).toBeUndefined();
  expect(await tls('localhost:5000')).toEqual({ insecure: true });
  await writeFile(join(dir.path, 'r.example:5000', 'client.cert'), 'CERT');
  await expect(tls('r.example:5000')).rejects.toThrow('its key client.key is missing');
  await writeFile(join(dir.path, 'r.example:5000', 'client.key'), 'KEY');
  expect(await tls('r.example:5000')).toEqual({ ca: ['CA'], cert: 'CERT', key: 'KEY' });
});

test.each([
  [undefined, 'docker.io'],
  ['', 'docker.io'],
  ['https://index.docker.io/v1/', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['https://ghcr.io', 'ghcr.io'],
  ['ghcr.io/owner', 'ghcr.io'],
  ['localhost', 'localhost'],
  ['localhost:5000', 'localhost:5000'],
  ['registry', 'registry'],
])('login %s means %s', (text, expected) => {
  expect(parseServerName(text)).toBe(expected);
});

test('a server that is none is refused', () => {
  expect(() => parseServerName('not a host')).toThrow('is not the name of a registry');
});
