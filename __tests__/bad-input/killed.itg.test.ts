import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseReference } from '../../src/oci/reference.ts';
import { pushImage } from '../../src/registry/push.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';
import { Program } from './program.ts';

const program = new Program(await scratchFolder('killed'));
let registry: TestRegistry;
beforeAll(async () => {
  await program.image('docker.io/library/busybox:latest');
  registry = await startRegistry();
  const client = registryClient();
  for (const tag of ['1', '2'])
    await pushImage(client, randomImage([3_000_000, 2_000_000]), parseReference(`${registry.host}/app:${tag}`));
  client.close();
});
afterAll(() => registry.close());

const DOCKERFILE = [
  'FROM busybox AS a',
  'RUN --mount=type=cache,target=/cache dd if=/dev/urandom of=/cache/a bs=1M count=3 && cp /cache/a /a && sleep 0.1',
  'FROM busybox',
  'COPY files /files',
  'RUN --mount=type=bind,from=a,target=/from cat /from/a > /a',
].join('\n');
const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`files/${i}`, `${i}`]));
type Kill = { signal: NodeJS.Signals; after: number };
const build = (kill?: Kill) =>
  program.build({ ...files, Dockerfile: DOCKERFILE }, { flags: ['--no-cache', '-t', 'made'], ...(kill && { kill }) });

/** Moments spread over the life of a command, the same in every run. */
const moments = (count: number, first: number, last: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(first + ((last - first) * i) / (count - 1)));

const START = {
  build: (kill: Kill) => build(kill),
  run: (kill: Kill) => program.run(['run', '--rm', '--network', 'none', 'busybox', 'sleep', '42421'], { kill }),
  pull: (kill: Kill) => program.run(['pull', `${registry.host}/app:1`], { kill }),
};
const CODES = { SIGKILL: null, SIGINT: 130, SIGTERM: 143 } as const;

describe('nothing runs or stays mounted, the store is whole, and the next build works, after', () => {
  test.each([
    ['SIGKILL', 'build', moments(7, 120, 1100)],
    ['SIGKILL', 'run', moments(4, 100, 500)],
    ['SIGKILL', 'pull', moments(4, 100, 350)],
    ['SIGINT', 'build', moments(4, 200, 1000)],
    ['SIGINT', 'pull', moments(2, 150, 300)],
    ['SIGTERM', 'build', moments(3, 300, 900)],
  ] as const)(
    '%s at any moment of a %s',
    async (signal, name, list) => {
      for (const after of list) {
        const ended = await START[name]({ signal, after });
        // it may have been done already, or not yet so far that it listens to signals
        if (ended.signal === null) expect([0, CODES[signal]]).toContain(ended.code);
        expect(ended.stderr).not.toMatch(/^\s+at .*:\d+/m);
        const left = await program.leftovers();
        // what a killed process left on the disk is swept by the next command; nothing of it lives on
        expect(signal === 'SIGKILL' ? left.filter((line) => /^(mount|process)/.test(line)) : left).toEqual([]);
      }
      expect(await program.damagedBlobs()).toEqual([]);
      expect(await build()).toMatchObject({ code: 0 });
      expect(await program.run(['run', '--rm', '--network', 'none', 'made', 'cat', '/files/7'])).toMatchObject({
        code: 0,
        stdout: '7',
      });
      await program.run(['container', 'prune', '-f']);
      expect((await program.run(['system', 'prune', '-f'])).code).toBe(0);
      expect(await program.leftovers()).toEqual([]);
      expect((await program.run(['ps', '-aq'])).stdout).toBe('');
      expect(await readdir(join(program.root, 'content/ingest')).catch(() => [])).toEqual([]);
    },
    120_000,
  );
});

test('two builds, two pulls and prunes at once do not hurt each other', async () => {
  for (let round = 0; round < 2; round++) {
    const ends = await Promise.all([
      build(),
      program.run(['build', '-q', '--no-cache', '-t', `other:${round}`, join(program.folder, 'context')]),
      program.run(['pull', '-q', `${registry.host}/app:1`]),
      program.run(['pull', '-q', `${registry.host}/app:2`]),
      program.run(['system', 'prune', '-f']),
      program.run(['image', 'prune', '-f']),
    ]);
    expect(ends.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0, 0, 0]);
    for (const name of ['made', `other:${round}`])
      expect(await program.run(['run', '--rm', '--network', 'none', name, 'cat', '/files/7'])).toMatchObject({
        code: 0,
        stdout: '7',
      });
    for (const tag of ['1', '2'])
      expect(
        (await program.run(['save', '-o', join(program.folder, 'out.tar'), `${registry.host}/app:${tag}`])).code,
      ).toBe(0);
  }
  expect(await program.damagedBlobs()).toEqual([]);
  expect(await program.leftovers()).toEqual([]);
}, 60_000);
