import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MemoryStore } from '../../../src/content/memory-store.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import { pullImage } from '../../../src/registry/pull.ts';
import { pushImage } from '../../../src/registry/push.ts';
import { entry } from '../../helpers/entry.ts';
import { makeScratch } from '../../helpers/make-scratch.ts';
import { startRegistry } from '../../helpers/registry.ts';
import { registryClient } from '../../helpers/registry-client.ts';
import { randomImage } from '../../helpers/test-image.ts';

let folder: string;
let running: ChildProcess | undefined;
beforeEach(async () => {
  folder = makeScratch('crash');
});
afterEach(async () => {
  running?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

/** The command in a process of its own. */
async function serve(): Promise<{ child: ChildProcess; host: string }> {
  const child = spawn(
    process.execPath,
    [entry, 'registry', 'serve', '-q', '--storage', join(folder, 'storage'), '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  running = child;
  const host = await new Promise<string>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const match = /listening on http:\/\/(\S+),/.exec(text);
      if (match) resolve(match[1]!);
    });
    child.on('exit', (status) => reject(new Error(`registry serve ended with ${status}`)));
  });
  return { child, host };
}

test('killed at any moment, a registry never shows half a blob, and every tag can be pulled', async () => {
  const client = registryClient({ http: { retries: 0 } });
  try {
    for (let round = 0; round < 5; round++) {
      const { child, host } = await serve();
      let whole = 0;
      const pushes = Array.from({ length: 4 }, async (_, i) => {
        for (let n = 0; ; n++) {
          await pushImage(client, randomImage([400_000, 3_000]), parseReference(`${host}/app${i}:r${round}-${n}`));
          // Some images are whole on a slow machine too; the blow comes in the middle of the next ones.
          if (++whole === 3 + round) setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
        }
      });
      for (const push of pushes) await expect(push).rejects.toBeDefined();
    }
    await using registry = await startRegistry({ storage: join(folder, 'storage') });
    for (const shard of await readdir(join(registry.storage, 'blobs', 'sha256'))) {
      for (const name of await readdir(join(registry.storage, 'blobs', 'sha256', shard))) {
        if (name.startsWith('.')) continue;
        const digest = createHash('sha256')
          .update(await readFile(join(registry.storage, 'blobs', 'sha256', shard, name)))
          .digest('hex');
        expect(digest).toBe(name);
      }
    }
    let tags = 0;
    for await (const repository of client.catalog(registry.host)) {
      for await (const tag of client.repository(parseReference(`${registry.host}/${repository}`)).tags()) {
        await pullImage(client, parseReference(`${registry.host}/${repository}:${tag}`), new MemoryStore());
        tags++;
      }
    }
    expect(tags).toBeGreaterThanOrEqual(3 + 4 + 5 + 6 + 7);
  } finally {
    client.close();
  }
}, 60_000);

test('SIGINT ends the command with 0', async () => {
  const { child } = await serve();
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});
