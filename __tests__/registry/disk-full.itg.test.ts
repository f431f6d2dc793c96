import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { pullImage } from '../../src/registry/pull.ts';
import { pushImage } from '../../src/registry/push.ts';
import { startRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';

/** Needs root: a file system of 4 MB is mounted. */
const folder = join(await scratchFolder('disk-full'), 'small');
const client = registryClient({ http: { retries: 1 } });
afterAll(() => client.close());

beforeEach(async () => {
  await mkdir(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
});
afterEach(() => {
  execFileSync('umount', [folder]);
});

describe('a full disk', () => {
  test('under the store: the pull says so before and during, and leaves nothing', async () => {
    await using registry = await startRegistry();
    const name = parseReference(`${registry.host}/big:1`);
    await pushImage(client, randomImage([6_000_000]), name);
    const store = await LayoutStore.open(join(folder, 'content'));
    await expect(pullImage(client, name, store)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('needs 6.0 MB'),
    });
    // Space that went after it was counted.
    const target = { has: store.has.bind(store), fetch: store.fetch.bind(store), push: store.push.bind(store) };
    await expect(pullImage(client, name, target)).rejects.toMatchObject({ code: 'disk-full' });
    expect(await readdir(join(folder, 'content', 'ingest'))).toEqual([]);
    for await (const { size } of store.list()) expect(size).toBeLessThan(1000);
  });

  test('under the registry: the push is told, the upload is gone, and small images still go in', async () => {
    await using registry = await startRegistry({ storage: join(folder, 'registry') });
    await expect(
      pushImage(client, randomImage([6_000_000]), parseReference(`${registry.host}/big:1`)),
    ).rejects.toMatchObject({
      code: 'server-error',
      message: expect.stringContaining('507 UNKNOWN: the registry has no space left'),
    });
    // The config's upload may be given up at the same time, and be on its way out; the layer's bytes are gone.
    const uploads = join(folder, 'registry', 'uploads');
    for (const id of await readdir(uploads)) {
      const size = await stat(join(uploads, id, 'data')).then(
        (found) => found.size,
        () => 0,
      );
      expect(size).toBeLessThan(1000);
    }
    await pushImage(client, randomImage([1_000_000]), parseReference(`${registry.host}/small:1`));
  });
});
