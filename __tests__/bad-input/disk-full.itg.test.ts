import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseReference } from '../../src/oci/reference.ts';
import { pushImage } from '../../src/registry/push.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';
import { Program, refusal } from './program.ts';

// before the scratch folder says that it wants to be removed: hooks run in the order in which they were given
afterAll(async () => {
  await registry.close();
  execFileSync('umount', [program.root]);
});
const program = new Program(await scratchFolder('full'));
let registry: TestRegistry;
beforeAll(async () => {
  mkdirSync(program.root);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'small', program.root]);
  await program.image('docker.io/library/busybox:latest');
  registry = await startRegistry();
  const client = registryClient();
  await pushImage(client, randomImage([20_000_000]), parseReference(`${registry.host}/big:1`));
  client.close();
});
const left = async () => (await program.leftovers()).filter((line) => !line.includes(' - tmpfs small '));

test('a pull that does not fit is refused', async () => {
  const ended = await program.run(['pull', `${registry.host}/big:1`]);
  expect(refusal(ended)).toEqual({ code: 74, stack: false, text: expect.stringMatching(/space|full/) });
  expect(await left()).toEqual([]);
});

test.each([
  ['the context', 'FROM busybox\nCOPY big /big\n'],
  ['a RUN', 'FROM busybox\nRUN dd if=/dev/urandom of=/big bs=1M count=20\n'],
  ['a layer that a RUN fills almost', 'FROM busybox\nRUN dd if=/dev/urandom of=/big bs=1M count=6\n'],
])('a build that runs out of space in %s', async (_, Dockerfile) => {
  const { randomBytes } = await import('node:crypto');
  const ended = await program.build({ Dockerfile, big: randomBytes(20_000_000) });
  expect(refusal(ended)).toEqual({ code: expect.anything(), stack: false, text: expect.stringMatching(/space|full/) });
  expect([1, 74]).toContain(ended.code);
  expect(await left()).toEqual([]);
  expect(await program.damagedBlobs()).toEqual([]);
});

test('what fits works afterwards', async () => {
  expect(await program.build({ Dockerfile: 'FROM busybox\nRUN true > /x\n' })).toMatchObject({ code: 0 });
  expect(await program.run(['run', '--rm', '--network', 'none', 'busybox', 'echo', 'on'])).toMatchObject({
    code: 0,
    stdout: 'on\n',
  });
});
