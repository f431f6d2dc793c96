import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Layer } from '../../src/content/store.ts';
import { applyLayer } from '../../src/layer/apply.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { describeTree, emptyFolder, helper, unpackBytes } from './layer-fixture.ts';
import { base256, longName, pax, rawTar } from './raw-tar.ts';

const scratch = await scratchFolder('apply');

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1e9 });
}

/** A tree with one of everything. */
function makeTree(): string {
  const folder = emptyFolder(scratch);
  run(
    'bash',
    '-ec',
    `cd "${folder}"
    mkdir -p a/b "with space" ${'long/'.repeat(30)} empty
    echo hello > a/file; ln a/file a/b/twin; ln -s ../a/file link; ln -s /nowhere/${'x'.repeat(200)} longlink
    printf '%s' "$(seq 1 20000)" > a/numbers
    echo deep > ${'long/'.repeat(30)}file; echo n > ${'n'.repeat(250)}; echo u > 'ünïcödé-名前'; printf x > $'bytes-\\xff\\xfe'
    mknod null c 1 3; mknod disk b 8 1; mkfifo pipe
    chown 1000:2000 a/file; chown -h 5:6 link; chown 3000000:4000000 "with space"
    chmod 4755 a/numbers; chmod 1777 empty; chmod 2750 "with space"; chmod 0 null
    setfattr -n user.mark -v value a/numbers; setfattr -n trusted.t -v t empty
    setcap cap_net_bind_service+ep ${'n'.repeat(250)}
    truncate -s 1M hole; printf data | dd of=hole bs=1 seek=500000 conv=notrunc status=none
    touch -d @1234567890 a/file a/b a empty link -h; touch -d @-5 pipe`,
  );
  return folder;
}

describe('archives of other tools', () => {
  let tree: string;
  let expected: string[];
  beforeAll(async () => {
    tree = makeTree();
    expected = await describeTree(tree);
  });

  async function unpacked(tar: Buffer): Promise<string[]> {
    const target = emptyFolder(scratch);
    await unpackBytes(tar, { target });
    return describeTree(target);
  }

  const gnu = (...options: string[]): Buffer =>
    execFileSync('tar', ['-C', tree, ...options, '-cf', '-', '.'], { maxBuffer: 1e9 });

  /** Formats without attributes, or without times before 1970. */
  const poorer = (lines: readonly string[]): string[] =>
    lines
      .map((line) => line.replace(/ (user|trusted|security)\.[^ ]+=\w+/g, ''))
      .map((l) => l.replace(/^pipe .*/, 'pipe'));

  test('GNU tar, posix format with attributes', async () => {
    expect(await unpacked(gnu('--format=posix', '--xattrs', '--xattrs-include=*'))).toEqual(expected);
  });

  test('GNU tar, its own format', async () => {
    expect(poorer(await unpacked(gnu('--format=gnu')))).toEqual(poorer(expected));
  });

  test.each(['--sparse-version=0.0', '--sparse-version=0.1', '--sparse-version=1.0'])(
    'GNU tar, sparse files in posix format %s',
    async (version) => {
      expect(poorer(await unpacked(gnu('--format=posix', '-S', version)))).toEqual(poorer(expected));
    },
  );

  test('GNU tar, sparse files in its own format', async () => {
    expect(poorer(await unpacked(gnu('--format=gnu', '-S')))).toEqual(poorer(expected));
  });

  test('bsdtar, pax with its own form of attributes', async () => {
    const tar = execFileSync('bsdtar', ['-C', tree, '--format=pax', '-cf', '-', '.'], { maxBuffer: 1e9 });
    expect(await unpacked(tar)).toEqual(expected);
  });

  test('python tarfile, pax and GNU', async () => {
    for (const format of ['PAX_FORMAT', 'GNU_FORMAT']) {
      const script = `import sys,tarfile
t=tarfile.open(fileobj=sys.stdout.buffer,mode='w|',format=tarfile.${format})
t.add(${JSON.stringify(tree)},arcname='.')
t.close()`;
      const tar = execFileSync('python3', ['-c', script], { maxBuffer: 1e9 });
      expect(poorer(await unpacked(tar))).toEqual(poorer(expected));
    }
  });

  test('V7 and ustar, as far as they go', async () => {
    const simple = emptyFolder(scratch);
    run(
      'bash',
      '-c',
      `cd "${simple}"; mkdir d; echo x > d/f; ln d/f d/g; ln -s f d/l; chmod 700 d; touch -d @99 d d/f . -h d/l`,
    );
    const lines = await describeTree(simple);
    for (const format of ['v7', 'ustar']) {
      const target = emptyFolder(scratch);
      await unpackBytes(execFileSync('tar', ['-C', simple, `--format=${format}`, '-cf', '-', '.']), { target });
      expect(await describeTree(target)).toEqual(lines);
    }
  });
});

describe('what an archive says', () => {
  async function unpack(entries: Parameters<typeof rawTar>[0], options: object = {}): Promise<string> {
    const target = emptyFolder(scratch);
    await unpackBytes(rawTar(entries), { target, ...options });
    return target;
  }

  test('set-id bits survive the change of owner', async () => {
    const target = await unpack([
      { name: 'f', mode: 0o6755, uid: 5, gid: 6 },
      { name: 'd', type: '5', mode: 0o3777, gid: 7 },
    ]);
    expect(statSync(join(target, 'f')).mode & 0o7777).toBe(0o6755);
    expect(statSync(join(target, 'd')).mode & 0o7777).toBe(0o3777);
  });

  test('a set-gid folder passes nothing on to what the archive puts into it', async () => {
    const target = await unpack([
      { name: 'd', type: '5', mode: 0o2777, gid: 7 },
      { name: 'd/f', mode: 0o644 },
      { name: 'd/e', type: '5', mode: 0o755 },
      { name: 'd/l', type: '2', link: 'f' },
    ]);
    expect(statSync(join(target, 'd/f')).gid).toBe(0);
    expect(lstatSync(join(target, 'd/l')).gid).toBe(0);
    expect(statSync(join(target, 'd/e'))).toMatchObject({ gid: 0, mode: 0o40755 });
  });

  test('folders keep their times, whatever comes into them later, and modes that forbid writing do not hinder', async () => {
    const target = await unpack([
      { name: './', type: '5', mode: 0o755, mtime: 11 },
      { name: 'd', type: '5', mode: 0o500, mtime: 22 },
      { name: 'd/e', type: '5', mode: 0o500, mtime: 33 },
      { name: 'd/e/f', mtime: 44 },
    ]);
    const times = ['', 'd', 'd/e', 'd/e/f'].map((path) => statSync(join(target, path)).mtimeMs / 1000);
    expect(times).toEqual([11, 22, 33, 44]);
  });

  test('nanoseconds, times before 1970 and far away', async () => {
    const target = await unpack([
      pax({ mtime: '1500000000.123456789' }),
      { name: 'a' },
      pax({ mtime: '-1.5' }),
      { name: 'b' },
      { name: 'c', mtime: base256(1n << 33n, 12) },
    ]);
    const exact = (name: string): bigint => statSync(join(target, name), { bigint: true }).mtimeNs;
    expect(exact('a')).toBe(1500000000123456789n);
    expect(exact('b')).toBe(-1500000000n);
    expect(exact('c')).toBe((1n << 33n) * 1000000000n);
  });

  test('pax wins over GNU long names, and both over the header', async () => {
    const target = await unpack([
      longName('L', 'gnu'),
      { name: 'header' },
      longName('L', 'gnu2'),
      pax({ path: 'pax' }),
      { name: 'header' },
    ]);
    expect(readdirSync(target).sort()).toEqual(['gnu', 'pax']);
  });

  test('a pax header holds for one entry, a global one for none', async () => {
    const global = rawTar([{ name: 'g', type: 'g', content: '12 path=all\n' }], { end: false });
    const target = await unpack([global, pax({ path: 'one' }), { name: 'a' }, { name: 'b' }]);
    expect(readdirSync(target).sort()).toEqual(['b', 'one']);
  });

  test('the last of several entries of one name wins', async () => {
    const target = await unpack([
      { name: 'f', content: 'first', mode: 0o777 },
      { name: './f', content: 'last', mode: 0o600 },
    ]);
    expect(readFileSync(join(target, 'f'), 'latin1')).toBe('last');
    expect(statSync(join(target, 'f')).mode & 0o777).toBe(0o600);
  });

  test('links and folders with a size have no data', async () => {
    const target = await unpack([
      { name: 'l', type: '2', link: 'x', size: 5000 },
      { name: 'd', type: '5', size: 100 },
      { name: 'f', content: 'x' },
    ]);
    expect(readdirSync(target).sort()).toEqual(['d', 'f', 'l']);
  });

  test('a capability of a user namespace is written as it is, or plain when asked', async () => {
    const v3 = Buffer.from('0100000300040000000000000000000000000000e8030000', 'hex');
    const target = await unpack([pax({ 'SCHILY.xattr.security.capability': v3 }), { name: 'f' }]);
    expect(run('getfattr', '-n', 'security.capability', '-e', 'hex', '--absolute-names', join(target, 'f'))).toContain(
      '0x01000003',
    );
  });

  test('a file of 9 GiB, sizes beyond octal in pax and base-256', async () => {
    const size = 9 * 2 ** 30;
    const name = 'sparse';
    const target = await unpack([
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': name,
        'GNU.sparse.realsize': String(size),
      }),
      { name: 'x', content: Buffer.concat([Buffer.from(`1\n${size - 3}\n3\n`.padEnd(512, '\0')), Buffer.from('end')]) },
      { name: 'small', size: base256(4n, 12), content: 'four' },
      pax({ size: '3' }),
      { name: 'paxsize', size: 0, content: 'abc' },
    ]);
    expect(statSync(join(target, name)).size).toBe(size);
    expect(run('tail', '-c', '3', join(target, name))).toBe('end');
    expect(readFileSync(join(target, 'small'), 'latin1')).toBe('four');
    expect(readFileSync(join(target, 'paxsize'), 'latin1')).toBe('abc');
  });

  test('an archive is unpacked into a folder inside the root, links on the way followed in the root', async () => {
    const root = emptyFolder(scratch);
    mkdirSync(join(root, 'srv/app'), { recursive: true });
    run('ln', '-s', '/srv', join(root, 'data'));
    await unpackBytes(rawTar([{ name: 'f', content: 'x' }]), { target: root, mode: 'archive', into: '/data/app' });
    expect(readdirSync(join(root, 'srv/app'))).toEqual(['f']);
    await expect(unpackBytes(rawTar([]), { target: root, mode: 'archive', into: '/nope' })).rejects.toThrow(/nope/);
  });
});

describe('whiteouts', () => {
  const isWhiteout = (path: string): boolean => lstatSync(path).isCharacterDevice() && lstatSync(path).rdev === 0;
  const isOpaque = (path: string, prefix = 'trusted'): boolean =>
    run('getfattr', '-m', '-', '-d', '--absolute-names', path).includes(`${prefix}.overlay.opaque="y"`);

  test("become overlayfs's marks in a layer's folder", async () => {
    const target = emptyFolder(scratch);
    await unpackBytes(
      rawTar([
        { name: 'd/', type: '5', mode: 0o755 },
        { name: 'd/.wh..wh..opq' },
        { name: 'd/new' },
        { name: '.wh.gone' },
        { name: 'deep/er/.wh.x' },
      ]),
      { target },
    );
    expect(isOpaque(join(target, 'd'))).toBe(true);
    expect(isWhiteout(join(target, 'gone'))).toBe(true);
    expect(isWhiteout(join(target, 'deep/er/x'))).toBe(true);
  });

  test('user.overlay.* in a user namespace', async () => {
    const target = emptyFolder(scratch);
    await unpackBytes(rawTar([{ name: 'd/', type: '5', mode: 0o755 }, { name: 'd/.wh..wh..opq' }]), {
      target,
      rootless: true,
    });
    expect(isOpaque(join(target, 'd'), 'user')).toBe(true);
  });

  test('hide only what is below, in whatever order the entries come', async () => {
    const target = emptyFolder(scratch);
    await unpackBytes(
      rawTar([
        { name: 'kept-file', content: 'x' },
        { name: '.wh.kept-file' },
        { name: 'kept-folder/in', content: 'x' },
        { name: '.wh.kept-folder' },
        { name: '.wh.again' },
        { name: 'again', type: '5', mode: 0o755 },
        { name: '.wh.file' },
        { name: 'file', content: 'y' },
        { name: '.wh.under' },
        { name: 'under/x', content: 'z' },
      ]),
      { target },
    );
    expect(readFileSync(join(target, 'kept-file'), 'latin1')).toBe('x');
    expect(readdirSync(join(target, 'kept-folder'))).toEqual(['in']);
    expect(isOpaque(join(target, 'kept-folder'))).toBe(true);
    expect(isOpaque(join(target, 'again'))).toBe(true);
    expect(readFileSync(join(target, 'file'), 'latin1')).toBe('y');
    expect(isOpaque(join(target, 'under'))).toBe(true);
  });

  test('delete in a merged tree, but not what this layer brought', async () => {
    const target = emptyFolder(scratch);
    run('bash', '-c', `cd "${target}"; mkdir -p d/sub gone/x; touch d/old d/sub/old gone/x/y plain`);
    await unpackBytes(
      rawTar([
        { name: 'd/sub/new' },
        { name: 'd/.wh..wh..opq' },
        { name: 'd/after' },
        { name: '.wh.gone' },
        { name: '.wh.plain' },
        { name: '.wh.never-was' },
      ]),
      { target, mode: 'merge' },
    );
    expect(run('find', target, '-mindepth', '1', '-printf', '%P\n').split('\n').filter(Boolean).sort()).toEqual([
      'd',
      'd/after',
      'd/sub',
      'd/sub/new',
    ]);
  });

  test('a device 0:0 in an archive is a whiteout', async () => {
    const target = emptyFolder(scratch);
    writeFileSync(join(target, 'x'), '');
    await unpackBytes(rawTar([{ name: 'x', type: '3' }]), { target, mode: 'merge' });
    expect(readdirSync(target)).toEqual([]);
  });
});

describe('folders that the archive does not name', () => {
  test('look like those of the layers below, up to what hides them', async () => {
    const lowers = emptyFolder(scratch);
    run(
      'bash',
      '-ec',
      `cd "${lowers}"; mkdir -p top base/etc/app base/var/lib base/opt/x top/opt
      chown 3:4 base/etc; chmod 750 base/etc; chmod 1777 base/var; setfattr -n user.a -v b base/etc; touch -d @77 base/etc
      mknod top/var c 0 0; setfattr -n trusted.overlay.opaque -v y top/opt; chmod 700 base/opt/x`,
    );
    const target = emptyFolder(scratch);
    await unpackBytes(rawTar([{ name: 'etc/app/f' }, { name: 'var/f' }, { name: 'opt/x/f' }, { name: 'fresh/f' }]), {
      target,
      lowers: { cwd: lowers, names: ['top', 'base'] },
    });
    expect(statSync(join(target, 'etc'))).toMatchObject({ uid: 3, gid: 4, mode: 0o40750, mtimeMs: 77_000 });
    expect(run('getfattr', '--only-values', '-n', 'user.a', '--absolute-names', join(target, 'etc'))).toBe('b');
    for (const path of ['var', 'opt/x', 'fresh']) expect(statSync(join(target, path)).mode).toBe(0o40755);
  });
});

describe('a layer from a store', () => {
  const tar = rawTar([{ name: 'f', content: 'x'.repeat(100_000) }]);
  const store = new MemoryStore();

  async function layer(blob: Buffer): Promise<Layer> {
    const descriptor = describeBytes(MEDIA.ociLayerGzip, blob);
    await store.push(descriptor, Readable.from([blob], { objectMode: false }));
    return { descriptor, diffId: sha256(tar) };
  }

  test.each([
    ['gzip', gzipSync(tar)],
    ['zstd', zstdCompressSync(tar)],
    ['nothing', tar],
  ])('is unpacked and checked with %s, whatever its media type says', async (_, blob) => {
    const target = emptyFolder(scratch);
    const heard: [number, number | undefined][] = [];
    const progress = {
      output() {},
      progress: (n: number, of?: number) => heard.push([n, of]),
      note() {},
      done() {},
      fail() {},
    };
    const unpacked = await applyLayer({
      helper,
      layer: await layer(blob),
      content: store,
      target,
      mode: 'overlay',
      progress,
    });
    expect(unpacked).toMatchObject({ entries: 1, bytes: 100_000, tarSize: tar.length });
    expect(heard.at(-1)).toEqual([blob.length, blob.length]);
  });

  test('with another diff ID is refused', async () => {
    const wrong = { ...(await layer(gzipSync(tar))), diffId: sha256('other') };
    await expect(
      applyLayer({ helper, layer: wrong, content: store, target: emptyFolder(scratch), mode: 'overlay' }),
    ).rejects.toMatchObject({
      code: 'diff-id-mismatch',
      message: expect.stringContaining(sha256(tar)),
    });
  });

  test('that the store finds damaged fails with what the store says', async () => {
    const good = await layer(gzipSync(tar));
    const lying = {
      fetch: async () =>
        Readable.from(
          (async function* () {
            yield gzipSync(tar).subarray(0, 100);
            throw new Error('expected digest sha256:1, found sha256:2');
          })(),
          { objectMode: false },
        ),
    };
    await expect(
      applyLayer({ helper, layer: good, content: lying, target: emptyFolder(scratch), mode: 'overlay' }),
    ).rejects.toThrow('found sha256:2');
  });

  test('can be aborted', async () => {
    const stop = new AbortController();
    const endless = {
      fetch: async () =>
        Readable.from(
          (async function* () {
            yield rawTar([{ name: 'f', size: 2 ** 33 - 1 }], { end: false });
            for (;;) {
              yield Buffer.alloc(65_536);
              await new Promise((resolve) => setTimeout(resolve, 5));
            }
          })(),
          { objectMode: false },
        ),
    };
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await expect(
      applyLayer({
        helper,
        layer: await layer(tar),
        content: endless,
        target: emptyFolder(scratch),
        mode: 'overlay',
        signal: stop.signal,
      }),
    ).rejects.toThrow('enough');
  });

  test('that fills the disk is an error with a hint', async () => {
    const small = emptyFolder(scratch);
    run('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small);
    try {
      await expect(
        applyLayer({ helper, layer: await layer(gzipSync(tar)), content: store, target: small, mode: 'overlay' }),
      ).rejects.toMatchObject({
        code: 'disk-full',
        hint: expect.stringContaining('prune'),
      });
    } finally {
      run('umount', small);
    }
  });

  test('digests as sha256sum does', () => {
    expect(sha256(tar)).toBe(`sha256:${createHash('sha256').update(tar).digest('hex')}`);
  });
});
