import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readTar } from '../../src/content/archive/tar-reader.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { type DiffOptions, diffLayer, packRoot } from '../../src/layer/diff.ts';
import { Tree } from '../../src/layer/tree.ts';
import type { OverlayMount } from '../../src/runtime/overlay.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { describeTree, emptyFolder, helper, sanitizedHelper, unpackBytes } from './layer-fixture.ts';

const scratch = await scratchFolder('diff');

function run(script: string): string {
  return execFileSync('bash', ['-ec', script], { encoding: 'utf8', maxBuffer: 1e9 });
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}

async function diffBytes(upper: OverlayMount | string, options: Partial<DiffOptions> = {}): Promise<Buffer> {
  const store = new MemoryStore();
  const { descriptor } = await diffLayer({ helper, upper, store, compression: 'none', ...options });
  return bytesOf(await store.fetch(descriptor));
}

async function names(tar: Buffer): Promise<string[]> {
  const list: string[] = [];
  async function* source(): AsyncGenerator<Buffer> {
    yield tar;
  }
  for await (const entry of readTar(source(), 'test')) list.push(entry.name);
  return list;
}

/** Deterministic numbers, so that a failing tree can be made again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A script that makes a random tree of files, links, devices, attributes, odd names. */
function randomTree(seed: number): string {
  const random = numbers(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const lines: string[] = [];
  const folders = ['.'];
  const files: string[] = [];
  const odd = [
    'a',
    'ab',
    'a-b',
    'a.b',
    'A',
    'é',
    ' x',
    'y ',
    `${'l'.repeat(90)}`,
    "q'q".replace("'", ''),
    '.hidden',
    'a b',
  ];
  for (let i = 0; i < 60; i++) {
    const path = `${pick(folders)}/${pick(odd)}${i}`;
    const quoted = `'${path}'`;
    const kind = random();
    if (kind < 0.25) {
      lines.push(`mkdir ${quoted}`);
      folders.push(path);
    } else if (kind < 0.6) {
      lines.push(`head -c ${Math.floor(random() * 3000)} /dev/urandom > ${quoted}`);
      files.push(path);
    } else if (kind < 0.7 && files.length > 0) lines.push(`ln '${pick(files)}' ${quoted}`);
    else if (kind < 0.8) lines.push(`ln -s '${pick(files) ?? 'nowhere'}' ${quoted}`);
    else if (kind < 0.85) lines.push(`mkfifo ${quoted}`);
    else if (kind < 0.9)
      lines.push(`mknod ${quoted} c ${1 + Math.floor(random() * 200)} ${Math.floor(random() * 300)}`);
    else lines.push(`truncate -s ${Math.floor(random() * 1e6)} ${quoted}`);
    if (random() < 0.3) lines.push(`chown -h ${Math.floor(random() * 70000)}:${Math.floor(random() * 3e6)} ${quoted}`);
    if (random() < 0.3 && !lines.at(-1)!.startsWith('ln -s'))
      lines.push(`[ -L ${quoted} ] || chmod ${pick(['755', '4711', '2770', '1777', '0', '640'])} ${quoted}`);
    if (random() < 0.2)
      lines.push(
        `[ -L ${quoted} ] || [ -p ${quoted} ] || [ -c ${quoted} ] || setfattr -n user.k${i} -v v${i} ${quoted}`,
      );
    if (random() < 0.5)
      lines.push(`touch -h -d @${Math.floor(random() * 2e9)}.${Math.floor(random() * 1e9)} ${quoted}`);
  }
  return lines.join('\n');
}

describe('a whole tree', () => {
  test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
    'packed and unpacked again is the same (random tree %d)',
    async (seed) => {
      const tree = emptyFolder(scratch);
      run(`cd "${tree}"\n${randomTree(seed)}`);
      const before = await describeTree(tree, { times: 'exact' });
      const tar = await bytesOf(
        packRoot({
          helper: seed % 3 === 0 ? sanitizedHelper() : helper,
          root: tree,
          exactTimes: true,
          rootEntry: true,
        }),
      );
      const target = emptyFolder(scratch);
      await unpackBytes(tar, { target });
      expect(await describeTree(target, { times: 'exact' })).toEqual(before);
    },
    120_000,
  );

  test('is read alike by GNU tar and bsdtar', async () => {
    const tree = emptyFolder(scratch);
    run(
      `cd "${tree}"\n${randomTree(99)}\nmkdir -p ${'deep/'.repeat(60)}; touch ${'deep/'.repeat(60)}${'f'.repeat(200)}; ln -s ${'t'.repeat(180)} l`,
    );
    const tar = join(scratch, 'whole.tar');
    writeFileSync(tar, await bytesOf(packRoot({ helper, root: tree, rootEntry: true })));
    expect(
      run(`tar --compare --xattrs --xattrs-include='*' -f "${tar}" -C "${tree}" 2>&1 | grep -v 'Mod time' || true`),
    ).toBe('');
    const target = emptyFolder(scratch);
    run(`bsdtar -xpf "${tar}" -C "${target}"`);
    // Without the root, whose time bsdtar leaves as its own writing made it.
    expect((await describeTree(target)).slice(1)).toEqual((await describeTree(tree)).slice(1));
  });

  test('gives the same bytes in whatever order its files were made', async () => {
    const tars = await Promise.all(
      ['a b c dir/z dir/a', 'dir/a c dir/z b a'].map(async (order) => {
        const tree = emptyFolder(scratch);
        run(
          `cd "${tree}"; for f in ${order}; do mkdir -p "$(dirname $f)"; echo "$f" > $f; setfattr -n user.z -v 1 $f; setfattr -n user.a -v 2 $f; done; ln a y; ln a x; find . -exec touch -h -d @1000000000 {} +`,
        );
        return bytesOf(packRoot({ helper, root: tree }));
      }),
    );
    expect(tars[1]!.equals(tars[0]!)).toBe(true);
    expect(await names(tars[0]!)).toEqual(['a', 'b', 'c', 'dir/', 'dir/a', 'dir/z', 'x', 'y']);
  });

  test('clamps times, leaves out and takes in what it is told', async () => {
    const tree = emptyFolder(scratch);
    run(`cd "${tree}"; mkdir -p a/b c; touch a/b/x a/y c/z; touch -d @5 a/y`);
    const tar = await bytesOf(
      packRoot({ helper, root: tree, mtimeClamp: 1000, exclude: ['/c/'], include: ['a/b', 'a/y'] }),
    );
    const target = emptyFolder(scratch);
    await unpackBytes(tar, { target });
    expect(
      (await new Tree(helper, target).entries('/')).filter((e) => e.path !== '').map((e) => [e.path, e.mtime]),
    ).toEqual([
      ['a', 1000],
      ['a/b', 1000],
      ['a/b/x', 1000],
      ['a/y', 5],
    ]);
  });

  test('a part of it under another name, as cp wants it', async () => {
    const tree = emptyFolder(scratch);
    run(`cd "${tree}"; mkdir -p srv/app; echo 1 > srv/app/f; ln -s srv data; ln -s f srv/app/l`);
    const pack = (path: string, name: string, follow = false): Promise<string[]> =>
      bytesOf(packRoot({ helper, root: tree, subtree: { path, name, follow } })).then(names);
    expect(await pack('data/app', 'new')).toEqual(['new/', 'new/f', 'new/l']);
    expect(await pack('data/app', '')).toEqual(['f', 'l']);
    expect(await pack('data/app/f', 'file')).toEqual(['file']);
    expect(await pack('data', 'd')).toEqual(['d']);
    expect(await pack('data', 'd', true)).toEqual(['d/', 'd/app/', 'd/app/f', 'd/app/l']);
    await expect(pack('nope', 'x')).rejects.toThrow(/nope/);
  });

  test('a file of 9 GiB has its size in a pax header', async () => {
    const tree = emptyFolder(scratch);
    run(`truncate -s 9G "${tree}/big"`);
    const stream = packRoot({ helper, root: tree });
    let start = Buffer.alloc(0);
    for await (const chunk of stream) {
      start = Buffer.concat([start, chunk as Buffer]);
      if (start.length > 2048) break;
    }
    expect(start.subarray(512, 540).toString('latin1')).toBe(`19 size=${9 * 2 ** 30}\n`.padEnd(28, '\0'));
  });

  test('sockets are left out, thousands of folders deep is no problem', async () => {
    const tree = emptyFolder(scratch);
    run(`cd "${tree}"; python3 -c "
import os,socket
s=socket.socket(socket.AF_UNIX); s.bind('sock')
for i in range(2000):
    os.mkdir('d'); os.chdir('d')
"`);
    for (const used of [helper, sanitizedHelper()]) {
      const list = await names(await bytesOf(packRoot({ helper: used, root: tree })));
      expect(list.length).toBe(2000);
      await new Tree(used, tree, { sources: { me: tree } }).copyIn('me', '/d', '/copy');
      expect((await new Tree(used, tree).entries('/copy')).length).toBe(2000);
      await new Tree(used, tree).remove('/copy');
    }
  }, 120_000);
});

describe("an overlay's upper folder", () => {
  let lower: string;
  beforeAll(() => {
    lower = emptyFolder(scratch);
    run(
      `cd "${lower}"; mkdir -p l/base/etc/sub l/base/gone l/base/renew l/base/same; cd l/base; echo 1 > etc/file; echo 2 > gone/x; echo 3 > renew/old; echo 4 > same/f; chown 5:6 same; mkdir -p ../../p`,
    );
  });

  /** An overlay on the base, changed by a script that runs in it. */
  function changed(script: string): OverlayMount {
    const folder = emptyFolder(scratch);
    const overlay = {
      cwd: join(lower, 'l'),
      options: '',
      upper: join(folder, 'u'),
      work: join(folder, 'w'),
      lowers: ['base'],
    };
    for (const name of ['u', 'w', 'm']) mkdirSync(join(folder, name));
    run(`mount -t overlay -o lowerdir="${lower}/l/base",upperdir="${folder}/u",workdir="${folder}/w" overlay "${folder}/m"
    ( cd "${folder}/m"; set +e; ${script}
    ) ; umount "${folder}/m"`);
    return overlay;
  }

  test('holds what was added, changed and deleted, and nothing else', async () => {
    const overlay = changed(
      'echo new > etc/new; echo x >> etc/file; rm -r gone; rm -r renew; mkdir renew; touch renew/now',
    );
    expect(await names(await diffBytes(overlay))).toEqual([
      'etc/',
      'etc/file',
      'etc/new',
      '.wh.gone',
      'renew/',
      'renew/.wh..wh..opq',
      'renew/now',
    ]);
  });

  test('a folder that was only copied up is no change', async () => {
    const overlay = changed('touch same/tmp etc/sub/tmp; rm same/tmp etc/sub/tmp');
    expect(readdirSync(overlay.upper).sort()).toEqual(['etc', 'same']);
    const store = new MemoryStore();
    expect(await diffLayer({ helper, upper: overlay, store, compression: 'gzip' })).toMatchObject({
      empty: true,
      entries: 0,
      tarSize: 1024,
    });
  });

  test('a folder whose owner, mode or attributes changed is one', async () => {
    expect(await names(await diffBytes(changed('chmod 700 etc')))).toEqual(['etc/']);
    expect(await names(await diffBytes(changed('chown 9 same')))).toEqual(['same/']);
    expect(await names(await diffBytes(changed('setfattr -n user.x -v y etc/sub')))).toEqual(['etc/', 'etc/sub/']);
    expect(await names(await diffBytes(changed('chmod 711 .')))).toEqual(['./']);
  });

  test('unpacked again on the base it shows the same tree', async () => {
    const overlay = changed(
      'echo new > etc/new; ln etc/new etc/twin; rm -r gone renew; mkdir renew; echo y > renew/y; rm same/f; ln -s x same/f; mv etc/file etc/moved',
    );
    const tar = await diffBytes(overlay);
    const layers = emptyFolder(scratch);
    run(`cp -a "${lower}/l/base" "${layers}/base"; mkdir "${layers}/top"; cp -a "${lower}/l/base" "${layers}/merged"`);
    await unpackBytes(tar, { target: join(layers, 'top'), lowers: { cwd: layers, names: ['base'] } });
    await unpackBytes(tar, { target: join(layers, 'merged'), mode: 'merge' });
    const seen = async (root: OverlayMount | string): Promise<string[]> =>
      (await new Tree(helper, root).entries('/', { hash: true })).map(
        (e) => `${e.path} ${e.type} ${e.mode} ${e.uid} ${e.sha256} ${e.link}`,
      );
    const expected = await seen(overlay);
    expect(await seen({ ...overlay, cwd: layers, upper: '', work: '', lowers: ['top', 'base'] })).toEqual(expected);
    expect(await seen(join(layers, 'merged'))).toEqual(expected);
  });

  test('a name that begins with .wh. is refused', async () => {
    await expect(diffBytes(changed('touch etc/.wh.evil'))).rejects.toMatchObject({
      code: 'bad-layer',
      message: expect.stringContaining('etc/.wh.evil'),
    });
  });

  test('mount points are left out', async () => {
    expect(
      await names(
        await diffBytes(changed('echo x > etc/resolv.conf; echo y > etc/other'), { exclude: ['/etc/resolv.conf'] }),
      ),
    ).toEqual(['etc/', 'etc/other']);
  });

  test('capabilities of a user namespace are written in their plain form', async () => {
    const overlay = changed(
      'echo x > bin; setfattr -n security.capability -v 0x0100000300040000000000000000000000000000e8030000 bin',
    );
    expect(
      (await diffBytes(overlay, { rootless: true })).includes(
        Buffer.from('0100000200040000000000000000000000000000', 'hex'),
      ),
    ).toBe(true);
  });
});

describe('a tree compared with the one it was copied from', () => {
  test('gives what changed, also when size and time are the same', async () => {
    const folder = emptyFolder(scratch);
    run(`cd "${folder}"; mkdir -p base/d base/gone/x base/kind; echo 1 > base/d/f; echo 22 > base/d/same; echo a > base/kind/file; touch -d @5 base/d/f; ln base/d/same base/d/twin
    cp -a base now; cd now; rm -r gone; echo 2 > d/f; touch -d @5 d/f; rm kind/file; mkdir kind/file; touch kind/file/x; echo n > new; ln d/same d/third`);
    const copy = {
      cwd: folder,
      options: '',
      upper: join(folder, 'now'),
      work: '',
      lowers: [],
      copyOf: join(folder, 'base'),
    };
    const tar = await diffBytes(copy);
    expect(await names(tar)).toEqual(['d/', 'd/f', 'd/third', '.wh.gone', 'kind/', 'kind/file/', 'kind/file/x', 'new']);
    await unpackBytes(tar, { target: join(folder, 'base'), mode: 'merge' });
    const plain = async (root: string): Promise<string[]> =>
      (await describeTree(root, { times: 'none' })).map((line) => line.replace(/ = .*/, ''));
    expect(await plain(join(folder, 'base'))).toEqual(await plain(join(folder, 'now')));
  });
});
