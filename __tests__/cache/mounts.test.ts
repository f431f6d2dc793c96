import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CacheMounts } from '../../src/cache/mounts.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('mounts');
let next = 0;
const open = () => new CacheMounts(join(folder, `mounts-${next++}`));

describe('cache mounts', () => {
  test('keep their contents from one use to the next', async () => {
    const mounts = open();
    const first = await mounts.hold('npm', { sharing: 'shared' });
    expect(first.isNew).toBe(true);
    await writeFile(join(first.path, 'file'), 'x');
    await first.release();
    const second = await mounts.hold('npm', { sharing: 'locked' });
    expect([second.path, second.isNew]).toEqual([first.path, false]);
    await second.release();
    const other = await mounts.hold('../../etc', { sharing: 'shared' });
    expect(other.path.startsWith(mounts.folder)).toBe(true);
    expect(other.path).not.toBe(first.path);
    await other.release();
  });

  test('that are shared serve many at once; one of them made it', async () => {
    const mounts = open();
    const held = await Promise.all([1, 2, 3].map(() => mounts.hold('a', { sharing: 'shared' })));
    expect(new Set(held.map((h) => h.path)).size).toBe(1);
    expect(held.filter((h) => h.isNew)).toHaveLength(1);
    await Promise.all(held.map((h) => h.release()));
  });

  test('that are locked serve one after the other', async () => {
    const mounts = open();
    const first = await mounts.hold('a', { sharing: 'locked' });
    const waited: number[] = [];
    let got = false;
    const second = mounts.hold('a', { sharing: 'locked', onWait: (owner) => waited.push(owner.pid) }).then((held) => {
      got = true;
      return held;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([got, waited]).toEqual([false, [process.pid]]);
    await first.release();
    await (await second).release();
  });

  test('that are private get a folder each, and use them again', async () => {
    const mounts = open();
    const [a, b] = [await mounts.hold('a', { sharing: 'private' }), await mounts.hold('a', { sharing: 'private' })];
    expect(a.path).not.toBe(b.path);
    await a.release();
    const c = await mounts.hold('a', { sharing: 'private' });
    expect([c.path, c.isNew]).toEqual([a.path, false]);
    await Promise.all([b.release(), c.release()]);
  });

  test('are made with owner and mode, which later uses leave alone', async () => {
    const mounts = open();
    const held = await mounts.hold('a', { sharing: 'shared', uid: 1000, gid: 1001, mode: 0o700 });
    const { uid, gid, mode } = await stat(held.path);
    if (process.getuid?.() === 0) expect([uid, gid]).toEqual([1000, 1001]);
    expect(mode & 0o7777).toBe(0o700);
    await chmod(held.path, 0o711);
    await held.release();
    const again = await mounts.hold('a', { sharing: 'shared', mode: 0o777 });
    expect((await stat(again.path)).mode & 0o7777).toBe(0o711);
    await again.release();
  });

  test('are listed with size and use, and pruned by age, by size, or all; those in use stay', async () => {
    const mounts = open();
    for (const [i, id] of ['old', 'middle', 'new'].entries()) {
      const held = await mounts.hold(id, { sharing: 'shared' });
      await mkdir(join(held.path, 'deep'));
      await writeFile(join(held.path, 'deep', 'file'), Buffer.alloc(100_000));
      await held.release();
      const used = Date.now() / 1000 - (3 - i) * 1000;
      await utimes(join(held.path, '..', 'mount.json'), used, used);
    }
    const listed = await mounts.list();
    expect(listed.map((m) => m.id).sort()).toEqual(['middle', 'new', 'old']);
    for (const entry of listed) expect(entry.bytes).toBeGreaterThanOrEqual(100_000);
    expect((await mounts.prune({ unusedSince: Date.now() - 2_500_000 })).map((m) => m.id)).toEqual(['old']);
    expect((await mounts.prune({ maxBytes: 150_000 })).map((m) => m.id)).toEqual(['middle']);
    const held = await mounts.hold('new', { sharing: 'shared' });
    expect((await mounts.list())[0]!.inUse).toBe(true);
    expect(await mounts.prune()).toEqual([]);
    await held.release();
    expect(await mounts.prune()).toHaveLength(1);
    expect((await mounts.hold('new', { sharing: 'shared' })).isNew).toBe(true);
  });

  test('stop waiting when they are told to', async () => {
    const mounts = open();
    const held = await mounts.hold('a', { sharing: 'locked' });
    const abort = new AbortController();
    const waiting = mounts.hold('a', { sharing: 'locked', signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await held.release();
  });

  test('that are new are filled once before anybody sees them, and what a crash left of it is thrown away', async () => {
    const mounts = open();
    let filled = 0;
    const fill = async (path: string): Promise<boolean> => {
      filled++;
      await writeFile(join(path, 'a'), 'x');
      await new Promise((resolve) => setTimeout(resolve, 50));
      await writeFile(join(path, 'b'), 'y');
      return true;
    };
    const crashed = mounts.hold('a', {
      sharing: 'shared',
      fill: async (path) => {
        await writeFile(join(path, 'half'), '');
        throw new Error('crash');
      },
    });
    await expect(crashed).rejects.toThrow('crash');
    const held = await Promise.all([1, 2, 3].map(() => mounts.hold('a', { sharing: 'shared', fill })));
    for (const { path, isNew } of held) {
      expect(isNew).toBe(false);
      expect((await readdir(path)).sort()).toEqual(['a', 'b']);
    }
    expect(filled).toBe(1);
    await Promise.all(held.map((h) => h.release()));
    const empty = await mounts.hold('b', { sharing: 'shared', fill: async () => false });
    expect([empty.isNew, await readdir(empty.path)]).toEqual([true, []]);
    await empty.release();
  });

  test('are worked on only while nobody uses them', async () => {
    const mounts = open();
    expect(await mounts.withUnused('a', 0, async () => 'there')).toBeUndefined();
    const held = await mounts.hold('a', { sharing: 'shared' });
    expect(await mounts.withUnused('a', 0, async () => 'there')).toBeUndefined();
    await held.release();
    expect(await mounts.withUnused('a', 0, async (path) => path)).toBe(held.path);
  });
});
