import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseReference } from '../../src/oci/reference.ts';
import { pushImage } from '../../src/registry/push.ts';
import { entry } from '../helpers/entry.ts';
import { type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';
import { until } from '../helpers/until.ts';

const folder = await scratchFolder('pull-interrupted');
let registry: TestRegistry;
let proxy: FaultProxy;
let layer: RegExp;
beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startFaultProxy(registry.url);
  const client = registryClient();
  const image = randomImage([8_000_000]);
  layer = new RegExp(`/blobs/${image.layers[0]!.digest}`);
  await pushImage(client, image, parseReference(`${registry.host}/app:1`));
  client.close();
});
afterAll(async () => {
  await proxy.close();
  await registry.close();
});

/** The command in a process of its own; `signal` comes when the layer has begun to arrive. */
async function pull(signal?: NodeJS.Signals): Promise<{ code: number | null; killedBy: string | null }> {
  const before = proxy.seen.length;
  if (signal !== undefined) proxy.add({ method: 'GET', path: layer, drip: { bytes: 60_000, everyMs: 20 } });
  const args = ['--root', join(folder, 'root'), '--run-root', join(folder, 'run'), 'pull', '-q', `${proxy.host}/app:1`];
  const child = spawn(process.execPath, [entry, ...args], { stdio: 'ignore' });
  const ended = new Promise<{ code: number | null; killedBy: string | null }>((done) =>
    child.on('exit', (code, killedBy) => done({ code, killedBy })),
  );
  if (signal !== undefined) {
    while (!proxy.seen.slice(before).some((r) => layer.test(r.path))) await new Promise((next) => setTimeout(next, 20));
    // some of it is on the disk, and far from all
    await until(async () => (await ingest()).length > 0, 2000);
    child.kill(signal);
  }
  return ended;
}

const ingest = async (): Promise<string[]> => readdir(join(folder, 'root', 'content', 'ingest')).catch(() => []);

test('Ctrl+C ends a pull with 130 and leaves nothing half-written', async () => {
  expect(await pull('SIGINT')).toEqual({ code: 130, killedBy: null });
  expect(await ingest()).toEqual([]);
});

test('after kill -9 the next pull cleans up, and brings the image', async () => {
  expect(await pull('SIGKILL')).toEqual({ code: null, killedBy: 'SIGKILL' });
  expect(await ingest()).toHaveLength(1);
  expect(await pull()).toEqual({ code: 0, killedBy: null });
  expect(await ingest()).toEqual([]);
});
