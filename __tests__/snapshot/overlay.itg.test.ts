import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Layer } from '../../src/content/store.ts';
import { diffLayer } from '../../src/layer/diff.ts';
import { Tree } from '../../src/layer/tree.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { chainId } from '../../src/oci/image-config.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { OverlaySnapshotter } from '../../src/snapshot/overlay.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { emptyFolder, helper } from '../layer/layer-fixture.ts';
import { type RawEntry, rawTar } from '../layer/raw-tar.ts';

const scratch = await scratchFolder('snapshot');
const store = new MemoryStore();

function snapshotter(): { snapshots: OverlaySnapshotter; folder: string } {
  const folder = join(emptyFolder(scratch), 'snapshots');
  return { folder, snapshots: new OverlaySnapshotter({ folder, helper }) };
}

const blobs = new Map<string, Buffer>();

async function layer(entries: readonly RawEntry[]): Promise<Layer> {
  const tar = rawTar(entries);
  const blob = gzipSync(tar, { level: 1 });
  const descriptor = describeBytes(MEDIA.ociLayerGzip, blob);
  await store.push(descriptor, Readable.from([blob], { objectMode: false }));
  blobs.set(descriptor.digest, blob);
  return { descriptor, diffId: sha256(tar) };
}

const chainOf = (layers: readonly Layer[]) => chainId(layers.map((l) => l.diffId))!;

describe('unpacking', () => {
  test('gives the chain ID, and a view that shows the layers over each other', async () => {
    const { snapshots } = snapshotter();
    const layers = [
      await layer([{ name: 'a', content: '1' }, { name: 'd/x' }, { name: 'd/y' }]),
      await layer([{ name: 'b', content: '2' }, { name: '.wh.a' }, { name: 'd/.wh.x' }]),
      await layer([{ name: 'b', content: '3' }]),
    ];
    const chain = await snapshots.unpack(layers, store);
    expect(chain).toBe(chainOf(layers));
    const tree = new Tree(helper, (await snapshots.view(chain)).overlay);
    expect((await tree.entries('/')).map((entry) => entry.path)).toEqual(['', 'b', 'd', 'd/y']);
    expect((await tree.read('b')).toString()).toBe('3');
  });

  test('no layers are an empty root', async () => {
    const { snapshots } = snapshotter();
    expect(await snapshots.unpack([], store)).toBeUndefined();
    expect(await new Tree(helper, (await snapshots.view(undefined)).overlay).list('/')).toEqual([]);
    const prepared = await snapshots.prepare(undefined);
    await new Tree(helper, prepared.overlay).write('f', 'x', { mode: 0o644, uid: 0, gid: 0 });
    expect(readFileSync(join(prepared.overlay.upper, 'f'), 'latin1')).toBe('x');
  });

  test('many calls at once do the work once', async () => {
    const { snapshots, folder } = snapshotter();
    const layers = [await layer([{ name: 'one', content: '1' }]), await layer([{ name: 'two', content: '2' }])];
    let fetched = 0;
    const counting = {
      fetch: (descriptor: Layer['descriptor']) => {
        fetched++;
        return store.fetch(descriptor);
      },
    };
    const chains = await Promise.all(Array.from({ length: 6 }, () => snapshots.unpack(layers, counting)));
    expect(new Set(chains).size).toBe(1);
    expect(fetched).toBe(2);
    expect(readdirSync(join(folder, 't'))).toEqual([]);
  });

  test('several processes at once do the work once; killed at any moment they leave nothing half-made', async () => {
    const { snapshots, folder } = snapshotter();
    const layers = await Promise.all(
      [1, 2, 3].map((n) => layer([{ name: `f${n}`, content: String(n).repeat(3_000_000) }, { name: `g${n}` }])),
    );
    const argument = JSON.stringify([
      folder,
      helper.binary,
      layers.map((l) => ({ ...l, blob: blobs.get(l.descriptor.digest)!.toString('base64') })),
    ]);
    const script = fileURLToPath(new URL('./unpack-process.ts', import.meta.url));
    const start = (killAfter?: number): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ['--no-warnings', script, argument], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
        child.once('exit', () => resolve(output));
      });
    await Promise.all([150, 190, 220, 250, 280, 310].map(start));
    const outputs = await Promise.all([start(), start()]);
    for (const output of outputs) expect(output.split(' ')[0]).toBe(chainOf(layers));
    const tree = new Tree(helper, (await snapshots.view(chainOf(layers))).overlay);
    for (const n of [1, 2, 3]) expect((await tree.stat(`f${n}`))?.size).toBe(3_000_000);
    await snapshots.collect(new Set([chainOf(layers)]));
    expect(readdirSync(join(folder, 't'))).toEqual([]);
    expect(readdirSync(join(folder, 'l')).length).toBe(2 + 3);
  }, 60_000);

  test('a layer that fails leaves nothing, and the layers below stay', async () => {
    const { snapshots, folder } = snapshotter();
    const good = await layer([{ name: 'good' }]);
    const bad = { ...(await layer([{ name: 'bad' }])), diffId: sha256('other') };
    await expect(snapshots.unpack([good, bad, await layer([{ name: 'top' }])], store)).rejects.toMatchObject({
      code: 'diff-id-mismatch',
    });
    expect(readdirSync(join(folder, 't'))).toEqual([]);
    expect(readdirSync(join(folder, 'l')).length).toBeLessThanOrEqual(2 + 1);
    expect(await snapshots.unpack([good], store)).toBe(good.diffId);
  });

  test('a folder that only a later layer needs looks like the one below', async () => {
    const { snapshots } = snapshotter();
    const layers = [
      await layer([
        { name: './', type: '5', mode: 0o711, uid: 3 },
        { name: 'etc', type: '5', mode: 0o700, uid: 7, gid: 8 },
      ]),
      await layer([{ name: 'etc/new' }]),
    ];
    const view = await snapshots.view(await snapshots.unpack(layers, store));
    const tree = new Tree(helper, view.overlay);
    expect(await tree.stat('etc')).toMatchObject({ mode: 0o700, uid: 7, gid: 8 });
    expect(await tree.stat('/')).toMatchObject({ mode: 0o711, uid: 3 });
  });

  test('500 layers can be mounted, 501 are a clear error', async () => {
    const { snapshots } = snapshotter();
    const layers = await Promise.all(Array.from({ length: 501 }, (_, i) => layer([{ name: `f${i}` }])));
    const chain = await snapshots.unpack(layers.slice(0, 500), store);
    expect((await new Tree(helper, (await snapshots.view(chain)).overlay).list('/')).length).toBe(500);
    const above = await snapshots.unpack(layers, store);
    await expect(snapshots.view(above)).rejects.toMatchObject({ code: 'too-many-layers', hint: expect.any(String) });
  }, 120_000);

  test('after another start of the machine, what was not brought to the disk is unpacked again', async () => {
    const { snapshots, folder } = snapshotter();
    const one = await layer([{ name: 'f', content: 'x' }]);
    const chain = (await snapshots.unpack([one], store))!;
    const file = join(folder, 'c', chain.slice(7));
    const before = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...before, boot: 'another' }));
    await snapshots.unpack([one], store);
    expect(JSON.parse(readFileSync(file, 'utf8')).name).not.toBe(before.name);
    await snapshots.sweep();
    const synced = JSON.parse(readFileSync(file, 'utf8'));
    expect(synced.synced).toBe(true);
    writeFileSync(file, JSON.stringify({ ...synced, boot: 'another' }));
    await snapshots.unpack([one], { fetch: () => Promise.reject(new Error('no need')) });
  });
});

describe('prepared snapshots', () => {
  test('are found again by their key, also in another process, and only once made', async () => {
    const { snapshots, folder } = snapshotter();
    const base = await snapshots.unpack([await layer([{ name: 'f' }])], store);
    const made = await snapshots.prepare(base, { key: 'container-1' });
    const again = new OverlaySnapshotter({ folder, helper });
    expect(await again.open('container-1')).toEqual(made);
    expect(await again.open('container-2')).toBeUndefined();
    await expect(again.prepare(base, { key: 'container-1' })).rejects.toMatchObject({ code: 'snapshot-exists' });
    await again.remove(made);
    expect(await snapshots.open('container-1')).toBeUndefined();
    expect(existsSync(join(folder, 'p/container-1'))).toBe(false);
  });

  test('on a chain that is not unpacked are an error', async () => {
    await expect(snapshotter().snapshots.prepare(sha256('nope'))).rejects.toMatchObject({ code: 'not-unpacked' });
  });

  test.each([false, true])(
    'become the layer that was packed from them without a copy (volatile: %s)',
    async (volatile) => {
      const { snapshots } = snapshotter();
      const base = await layer([{ name: 'etc/a', content: '1' }, { name: 'etc/b' }]);
      const chain = await snapshots.unpack([base], store);
      const prepared = await snapshots.prepare(chain, { volatile });
      const tree = new Tree(helper, prepared.overlay);
      await tree.write('etc/c', 'new', { mode: 0o600, uid: 1, gid: 2 });
      await tree.remove('etc/a');
      const inode = statSync(join(prepared.overlay.upper, 'etc/c')).ino;
      const packed = await diffLayer({ helper, upper: prepared.overlay, store, compression: 'gzip' });
      const top = await snapshots.commit(prepared, packed.diffId);
      expect(top).toBe(chainOf([base, packed]));
      const seen = new Tree(helper, (await snapshots.view(top)).overlay);
      expect((await seen.list('etc')).map((entry) => entry.path)).toEqual(['b', 'c']);
      const { overlay } = await snapshots.view(top);
      expect(statSync(join(overlay.cwd, overlay.lowers[0]!, 'etc/c')).ino).toBe(inode);
      // The same as when the blob is unpacked elsewhere.
      const other = snapshotter().snapshots;
      const view = new Tree(helper, (await other.view(await other.unpack([base, packed], store))).overlay);
      expect((await view.list('etc')).map(({ path, mode, uid }) => [path, mode, uid])).toEqual(
        (await seen.list('etc')).map(({ path, mode, uid }) => [path, mode, uid]),
      );
    },
  );

  test('committed twice give one chain', async () => {
    const { snapshots, folder } = snapshotter();
    const make = async (): Promise<string> => {
      const prepared = await snapshots.prepare(undefined);
      await new Tree(helper, prepared.overlay).write('f', 'same', { mode: 0o644, uid: 0, gid: 0, mtime: 5 });
      return snapshots.commit(
        prepared,
        (await diffLayer({ helper, upper: prepared.overlay, store, compression: 'none' })).diffId,
      );
    };
    expect(await make()).toBe(await make());
    expect(readdirSync(join(folder, 'l')).length).toBe(2 + 1);
    expect(readdirSync(join(folder, 'p'))).toEqual([]);
  });
});

describe('collecting', () => {
  test('removes what nobody needs, keeps what is asked for, stood on or in use', async () => {
    const { folder } = snapshotter();
    const layers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => layer([{ name, content: 'x'.repeat(1000) }])));
    // Another process unpacks, so that it is not this one that uses them.
    const script = fileURLToPath(new URL('./unpack-process.ts', import.meta.url));
    const argument = JSON.stringify([
      folder,
      helper.binary,
      layers.map((l) => ({ ...l, blob: blobs.get(l.descriptor.digest)!.toString('base64') })),
    ]);
    execFileSync(process.execPath, ['--no-warnings', script, argument]);
    const snapshots = new OverlaySnapshotter({ folder, helper });
    const two = chainOf(layers.slice(0, 2));
    expect(await snapshots.collect(new Set([chainOf(layers.slice(0, 3))]))).toEqual({ bytes: 1000, chains: 1 });
    const prepared = await snapshots.prepare(two, { key: 'kept' });
    await snapshots.release(two);
    expect(await snapshots.collect(new Set())).toEqual({ bytes: 1000, chains: 1 });
    expect((await new Tree(helper, prepared.overlay).list('/')).length).toBe(2);
    await snapshots.remove(prepared);
    expect(await snapshots.collect(new Set())).toEqual({ bytes: 2000, chains: 2 });
    expect(readdirSync(join(folder, 'l')).sort()).toEqual(['e', 'f']);
  });
});
