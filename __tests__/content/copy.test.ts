import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { copyGraph } from '../../src/content/copy.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { ContentStore } from '../../src/content/store.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { encodeManifest } from '../../src/oci/manifest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('copy');

/** An index of two platforms that share their first layer. */
function makeIndex(store: MemoryStore) {
  const shared = store.put(MEDIA.ociLayerGzip, randomBytes(200_000));
  const manifests = ['amd64', 'arm64'].map((architecture) => {
    const layers = [shared, store.put(MEDIA.ociLayerGzip, randomBytes(50_000))];
    const config = store.put(
      MEDIA.ociConfig,
      JSON.stringify({ os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: [] } }),
    );
    const manifest = store.put(
      MEDIA.ociManifest,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers }),
    );
    return { ...manifest, platform: { os: 'linux', architecture } };
  });
  const index = store.put(MEDIA.ociIndex, encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }));
  return { index, manifests, shared };
}

/** A store that writes down what is pushed to it, and may fail or hang. */
class Recorder implements ContentStore {
  readonly order: Descriptor[] = [];
  readonly inner = new MemoryStore();
  running = 0;
  most = 0;
  readonly onPush: (d: Descriptor, body: Readable) => Promise<void> | undefined;

  constructor(onPush: (d: Descriptor, body: Readable) => Promise<void> | undefined = () => undefined) {
    this.onPush = onPush;
  }
  fetch(d: Descriptor) {
    return this.inner.fetch(d);
  }
  has(d: Descriptor) {
    return this.inner.has(d);
  }
  async push(d: Descriptor, body: Readable) {
    this.most = Math.max(this.most, ++this.running);
    try {
      await this.onPush(d, body);
      await this.inner.push(d, body);
      this.order.push(d);
    } finally {
      this.running--;
    }
  }
}

describe('a graph copy', () => {
  test('brings everything, each blob once, children before parents', async () => {
    const from = new MemoryStore();
    const { index, shared } = makeIndex(from);
    const to = new Recorder();
    await copyGraph(from, to, index);
    expect([...to.inner.digests()].sort()).toEqual([...from.digests()].sort());
    expect(to.order.at(-1)).toMatchObject({ digest: index.digest });
    expect(to.order.filter((d) => d.digest === shared.digest)).toHaveLength(1);
    const at = (type: string) => to.order.flatMap((d, i) => (d.mediaType === type ? [i] : []));
    for (const manifest of at(MEDIA.ociManifest)) expect(manifest).toBeGreaterThan(1);
    expect(Math.max(...at(MEDIA.ociLayerGzip))).toBeLessThan(Math.max(...at(MEDIA.ociManifest)));
  });

  test('of one platform leaves the others out', async () => {
    const from = new MemoryStore();
    const { index, manifests } = makeIndex(from);
    const to = new Recorder();
    await copyGraph(from, to, index, { platforms: [{ os: 'linux', architecture: 'arm64' }] });
    expect(await to.has(manifests[1]!)).toBe(true);
    expect(await to.has(manifests[0]!)).toBe(false);
    expect(await to.has(index)).toBe(true);
  });

  test('goes on where another one was cut off', async () => {
    const from = new MemoryStore();
    const { index } = makeIndex(from);
    let pushes = 0;
    const to = new Recorder(() => (++pushes === 4 ? Promise.reject(new Error('cut')) : undefined));
    await expect(copyGraph(from, to, index, { parallel: 1 })).rejects.toThrow('cut');
    expect(await to.has(index)).toBe(false);
    const before = to.order.length;
    await copyGraph(from, to, index);
    expect(await to.has(index)).toBe(true);
    expect(to.order).toHaveLength(8);
    expect(before).toBeGreaterThan(0);
  });

  test('leaves no manifest behind whose layers did not come, and nothing running', async () => {
    const from = new MemoryStore();
    const { index, manifests, shared } = makeIndex(from);
    from.delete(shared.digest);
    const to = new Recorder();
    await expect(copyGraph(from, to, index)).rejects.toMatchObject({ code: 'blob-missing' });
    expect(to.running).toBe(0);
    for (const d of [index, ...manifests]) expect(await to.has(d)).toBe(false);
  });

  test('moves at most so many blobs at once', async () => {
    const from = new MemoryStore();
    const layers = Array.from({ length: 12 }, () => from.put(MEDIA.ociLayer, randomBytes(100)));
    const config = from.put(MEDIA.ociConfig, '{}');
    const manifest = from.put(
      MEDIA.ociManifest,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers }),
    );
    const to = new Recorder(() => new Promise((resolve) => setTimeout(resolve, 2)));
    await copyGraph(from, to, manifest, { parallel: 3 });
    expect(to.most).toBe(3);
  });

  test('ends at once when it is aborted, with the reason given', async () => {
    const from = new MemoryStore();
    const { index } = makeIndex(from);
    const abort = new AbortController();
    const to = new Recorder(
      (_, body) =>
        new Promise((_resolve, reject) => body.once('error', reject).once('close', () => reject(new Error('closed')))),
    );
    const copying = copyGraph(from, to, index, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(copying).rejects.toThrow('enough');
    expect(to.running).toBe(0);
  });

  test('believes a wrong blob of neither side', async () => {
    const from = new MemoryStore();
    const { manifests } = makeIndex(from);
    const liar = {
      fetch: async (d: Descriptor) =>
        d.mediaType === MEDIA.ociLayerGzip
          ? Readable.from([randomBytes(d.size)], { objectMode: false })
          : from.fetch(d),
    };
    const to = await LayoutStore.open(join(folder, 'liar'));
    await expect(copyGraph(liar, to, manifests[0]!)).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(await to.has(manifests[0]!)).toBe(false);
  });

  test('refuses a manifest of 100 MB before reading it', async () => {
    const from = { fetch: () => Promise.reject(new Error('it was fetched')) };
    const huge: Descriptor = { ...new MemoryStore().put(MEDIA.ociManifest, 'x'), size: 100 * 1024 * 1024 };
    await expect(copyGraph(from, new MemoryStore(), huge)).rejects.toMatchObject({ code: 'blob-too-large' });
  });

  test('can leave layers out', async () => {
    const from = new MemoryStore();
    const { manifests, shared } = makeIndex(from);
    const to = new Recorder();
    await copyGraph(from, to, manifests[0]!, { skipLayers: (layer) => layer.digest === shared.digest });
    expect(await to.has(shared)).toBe(false);
    expect(to.order).toHaveLength(3);
  });

  test('trusts a destination that has the manifest, when told so', async () => {
    const from = new MemoryStore();
    const { manifests, shared } = makeIndex(from);
    const to = new Recorder();
    await copyGraph(from, to, manifests[0]!);
    to.inner.delete(shared.digest);
    await copyGraph(from, to, manifests[0]!, { trustParents: true });
    expect(await to.has(shared)).toBe(false);
    await copyGraph(from, to, manifests[0]!);
    expect(await to.has(shared)).toBe(true);
  });
});
