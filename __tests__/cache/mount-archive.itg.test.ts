import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { packMount, unpackMount } from '../../src/cache/mount-archive.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { describeTree, emptyFolder, helper } from '../layer/layer-fixture.ts';
import { type RawEntry, rawTar } from '../layer/raw-tar.ts';

const scratch = await scratchFolder('mount-archive');
const options = { helper, rootless: false, signal: new AbortController().signal };

const unpack = (entries: readonly RawEntry[], folder: string) =>
  unpackMount(Readable.from([zstdCompressSync(rawTar(entries))], { objectMode: false }), folder, options);

describe('the archive of a cache mount', () => {
  test('gives back what was packed, attributes and nanoseconds included; the same files are the same archive', async () => {
    const store = await LayoutStore.open(join(scratch, 'content'));
    const folder = emptyFolder(scratch);
    const sh = (script: string) => execFileSync('bash', ['-ec', script], { cwd: folder });
    sh(`mkdir -p a/b; echo one > a/f; ln a/f a/twin; ln -s ../../etc a/out; mkfifo pipe; chown 7:8 a; chmod 2750 a
        setfattr -n user.k -v v a/f; touch -d '2001-02-03 04:05:06.123456789' a/f; truncate -s 1M hole; chown 5:6 .; chmod 711 .`);
    const archive = await packMount(folder, store, options);
    expect((await packMount(folder, store, options)).digest).toBe(archive.digest);
    const target = emptyFolder(scratch);
    await unpackMount(await store.fetch(archive), target, options);
    const times = { times: 'exact' } as const;
    expect(await describeTree(target, times)).toEqual(await describeTree(folder, times));
    const { uid, gid, mode } = lstatSync(target);
    expect([uid, gid, mode & 0o7777]).toEqual([5, 6, 0o711]);
    expect(lstatSync(join(target, 'a/f'), { bigint: true }).mtimeNs % 1_000_000_000n).toBe(123_456_789n);
  });

  test.each<[string, RawEntry[]]>([
    ['a path upwards', [{ name: '../outside', content: 'evil' }]],
    ['an absolute path', [{ name: `${scratch}/outside`, content: 'evil' }]],
    [
      'a link that leads out',
      [
        { name: 'way', type: '2', link: scratch },
        { name: 'way/outside', content: 'evil' },
      ],
    ],
    ['a hard link to what is outside', [{ name: 'hard', type: '1', link: '../secret' }]],
  ])('reaches nothing outside by %s', async (_, entries) => {
    writeFileSync(join(scratch, 'secret'), 'secret');
    const folder = emptyFolder(scratch);
    await unpack(entries, folder).catch(() => {});
    expect(existsSync(join(scratch, 'outside'))).toBe(false);
    expect(lstatSync(join(scratch, 'secret')).nlink).toBe(1);
  });

  test('is packed without following a link that a container left in it', async () => {
    const store = await LayoutStore.open(join(scratch, 'content'));
    const outside = emptyFolder(scratch);
    writeFileSync(join(outside, 'secret'), 'hunter2hunter2');
    const folder = emptyFolder(scratch);
    symlinkSync(outside, join(folder, 'way'));
    const archive = await packMount(folder, store, options);
    const target = emptyFolder(scratch);
    await unpackMount(await store.fetch(archive), target, options);
    expect(lstatSync(join(target, 'way')).isSymbolicLink()).toBe(true);
    expect(archive.size).toBeLessThan(300);
  });
});
