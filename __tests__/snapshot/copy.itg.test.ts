import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Layer } from '../../src/content/store.ts';
import { diffLayer } from '../../src/layer/diff.ts';
import { Tree } from '../../src/layer/tree.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { CopySnapshotter } from '../../src/snapshot/copy.ts';
import { openSnapshotter } from '../../src/snapshot/open.ts';
import { OverlaySnapshotter } from '../../src/snapshot/overlay.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { helper } from '../layer/layer-fixture.ts';
import { type RawEntry, rawTar } from '../layer/raw-tar.ts';

const scratch = await scratchFolder('copies');
const store = new MemoryStore();

async function layer(entries: readonly RawEntry[]): Promise<Layer> {
  const tar = rawTar(entries);
  const descriptor = describeBytes(MEDIA.ociLayer, tar);
  await store.push(descriptor, Readable.from([tar], { objectMode: false }));
  return { descriptor, diffId: sha256(tar) };
}

test('copies give the same trees and the same layers as overlayfs', async () => {
  const layers = [
    await layer([
      { name: 'etc', type: '5', mode: 0o711, uid: 3 },
      { name: 'etc/a', content: '1' },
      { name: 'd/x' },
      { name: 'h', type: '1', link: 'd/x' },
    ]),
    await layer([{ name: 'etc/.wh.a' }, { name: 'etc/b', content: '2' }, { name: 'd/.wh..wh..opq' }, { name: 'd/y' }]),
  ];
  const seen: unknown[] = [];
  for (const snapshots of [
    new CopySnapshotter({ folder: join(scratch, 'c'), helper }),
    new OverlaySnapshotter({ folder: join(scratch, 'o'), helper }),
  ]) {
    const chain = await snapshots.unpack(layers, store);
    const prepared = await snapshots.prepare(chain, { key: 'k' });
    const tree = new Tree(helper, (await snapshots.open('k'))!.overlay);
    await Promise.all([
      tree.write('etc/new', 'n', { mode: 0o600, uid: 1, gid: 2, mtime: 5 }),
      tree.remove('d/y'),
      tree.utimes('d', { mtime: 6 }),
      tree.utimes('etc', { mtime: 6 }),
    ]);
    const packed = await diffLayer({ helper, upper: prepared.overlay, store, compression: 'none' });
    const top = await snapshots.commit(prepared, packed.diffId);
    const view = new Tree(helper, (await snapshots.view(top)).overlay);
    const entries = await view.entries('/', { hash: true });
    seen.push([packed.diffId, top, entries.map((e) => `${e.path} ${e.mode} ${e.uid} ${e.sha256}`)]);
    expect(await snapshots.open('k')).toBeUndefined();
  }
  expect(seen[0]).toEqual(seen[1]);
});

test('are used where overlayfs refuses the folder, and only there', async () => {
  const reasons: unknown[] = [];
  const here = join(scratch, 'works');
  expect(await openSnapshotter({ folder: here, helper }, (r) => reasons.push(r))).toBeInstanceOf(OverlaySnapshotter);
  expect(await openSnapshotter({ folder: here, helper }, (r) => reasons.push(r))).toBeInstanceOf(OverlaySnapshotter);
  expect(reasons).toEqual([]);
  // An overlay cannot be the upper folder of another.
  const nested = join(scratch, 'nested');
  for (const name of ['l', 'u', 'w', 'm']) mkdirSync(join(nested, name), { recursive: true });
  const options = `lowerdir=${nested}/l,upperdir=${nested}/u,workdir=${nested}/w`;
  execFileSync('mount', ['-t', 'overlay', '-o', options, 'overlay', join(nested, 'm')]);
  try {
    const snapshots = await openSnapshotter({ folder: join(nested, 'm/s'), helper }, (r) => reasons.push(r));
    expect(snapshots).toBeInstanceOf(CopySnapshotter);
    expect(reasons.length).toBe(1);
  } finally {
    execFileSync('umount', [join(nested, 'm')]);
  }
});
