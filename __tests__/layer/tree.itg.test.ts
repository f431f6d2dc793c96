import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Tree } from '../../src/layer/tree.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { describeTree, emptyFolder, helper, sanitizedHelper } from './layer-fixture.ts';

const scratch = await scratchFolder('tree');

function run(script: string): string {
  return execFileSync('bash', ['-ec', script], { encoding: 'utf8' });
}

const root = { uid: 0, gid: 0 };

describe.each(['shipped', 'sanitized'])('a tree of the %s helper', (build) => {
  let folder: string;
  let outside: string;
  let tree: Tree;
  beforeAll(() => {
    if (build === 'sanitized') sanitizedHelper();
  }, 180_000);
  beforeEach(() => {
    folder = emptyFolder(scratch);
    outside = emptyFolder(scratch);
    writeFileSync(join(outside, 'secret'), 'secret');
    tree = new Tree(build === 'sanitized' ? sanitizedHelper() : helper, folder, { sources: { out: outside } });
  });

  test('looks at files, links and what is not there', async () => {
    run(
      `cd "${folder}"; mkdir -p usr/bin; ln -s usr/bin bin; echo hello > usr/bin/sh; ln -s sh usr/bin/ash; chown 5:6 usr/bin/sh; chmod 4711 usr/bin/sh; mknod usr/null c 1 3`,
    );
    const [file, link, device, none, noFolder] = await Promise.all([
      tree.stat('/bin/ash'),
      tree.stat('bin/ash', { noFollow: true }),
      tree.stat('/usr/null'),
      tree.stat('/nope/at/all'),
      tree.stat('/bin/sh/x'),
    ]);
    expect(file).toMatchObject({ path: 'usr/bin/sh', type: 'file', mode: 0o4711, uid: 5, gid: 6, size: 6 });
    expect(link).toMatchObject({ path: 'usr/bin/ash', type: 'symlink', link: 'sh' });
    expect(device).toMatchObject({ type: 'char', major: 1, minor: 3 });
    expect([none, noFolder]).toEqual([undefined, undefined]);
    expect((await tree.read('/bin/sh')).toString()).toBe('hello\n');
    expect((await tree.read('/bin/sh', 2)).toString()).toBe('he');
    expect(await tree.hash('bin/sh')).toBe(run(`sha256sum "${folder}/usr/bin/sh"`).slice(0, 64));
  });

  test('never leaves the root, whatever links say', async () => {
    symlinkSync(outside, join(folder, 'abs'));
    symlinkSync(`../../../../../../../../${outside}`, join(folder, 'rel'));
    symlinkSync('/proc/self/root', join(folder, 'magic'));
    for (const path of ['abs/secret', 'rel/secret', `../../..${outside}/secret`, 'magic/etc/passwd'])
      expect(await tree.readIfThere(path)).toBeUndefined();
    await expect(tree.write('abs/new', 'x', { ...root, mode: 0o644 })).rejects.toMatchObject({ errnoName: 'ENOENT' });
    await tree.mkdir('abs/sub', { ...root, mode: 0o755 });
    await tree.remove('rel/secret');
    await tree.stub('abs/stub', 'file');
    await tree.copyIn('.', '/rel', '/copied', { follow: true });
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(existsSync(join(folder, outside, 'sub'))).toBe(true);
  });

  test('reads no fifo, device or folder, and does not wait for one', async () => {
    run(`cd "${folder}"; mkfifo p; mkdir d; mknod z c 1 5`);
    for (const path of ['p', 'd', 'z'])
      await expect(tree.read(path)).rejects.toMatchObject({ errnoName: expect.stringMatching(/EISDIR|EINVAL/) });
    await expect(tree.write('p', 'x', { ...root, mode: 0o644 })).rejects.toMatchObject({
      errnoName: expect.stringMatching(/EINVAL|ENXIO/),
    });
    await expect(tree.hash('p')).rejects.toThrow();
  });

  test('one that fails does not stop the others of a batch', async () => {
    const results = await Promise.allSettled([
      tree.read('nope'),
      tree.mkdir('a/b', { uid: 3, gid: 4, mode: 0o750, mtime: 5 }),
      tree.read('also/nope'),
      tree.write('a/b/f', 'x', { uid: 1, gid: 2, mode: 0o2640, mtime: 7, mtimeNsec: 8 }),
    ]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(statSync(join(folder, 'a'))).toMatchObject({ uid: 3, gid: 4, mode: 0o40750 });
    expect(statSync(join(folder, 'a/b/f'), { bigint: true }).mtimeNs).toBe(7_000_000_008n);
    expect(statSync(join(folder, 'a/b/f')).mode & 0o7777).toBe(0o2640);
  });

  test('names that are not UTF-8 come back and go in again', async () => {
    run(`cd "${folder}"; touch $'bad-\\xff\\xfe'`);
    const [entry] = await tree.list('/');
    expect(await tree.stat(entry!.path)).toMatchObject({ type: 'file', path: entry!.path });
    await tree.rename(entry!.path, 'good');
    expect(readdirSync(folder)).toEqual(['good']);
  });

  test('mount points tell how to undo them', async () => {
    run(`cd "${folder}"; mkdir -p etc; touch -d @77 etc; touch etc/hosts; touch -d @77 etc`);
    const [there, file, deep] = await Promise.all([
      tree.stub('/etc/hosts', 'file'),
      tree.stub('/etc/resolv.conf', 'file'),
      tree.stub('/mnt/a/b', 'directory'),
    ]);
    expect(there).toEqual({ path: 'etc/hosts', made: false });
    expect(file).toMatchObject({ path: 'etc/resolv.conf', made: true, first: 'etc/resolv.conf', parentMtime: 77 });
    expect(deep).toMatchObject({ path: 'mnt/a/b', made: true, first: 'mnt' });
    await Promise.all([
      tree.remove(file.first!),
      tree.remove(deep.first!),
      tree.utimes('etc', { mtime: file.parentMtime!, mtimeNsec: file.parentMtimeNsec! }),
    ]);
    expect(readdirSync(folder)).toEqual(['etc']);
    expect(statSync(join(folder, 'etc')).mtimeMs).toBe(77_000);
  });

  test('changes owners, modes, times; links, renames and removes', async () => {
    await tree.write('f', 'x', { ...root, mode: 0o600 });
    await Promise.all([
      tree.symlink('f', 'l', { uid: 8, gid: 9 }),
      tree.link('f', 'h'),
      tree.chmod('l', 0o4755),
      tree.chown('l', { uid: 3, gid: 4 }),
      tree.utimes('f', { mtime: 9 }),
    ]);
    expect(readlinkSync(join(folder, 'l'))).toBe('f');
    expect(lstatSync(join(folder, 'l'))).toMatchObject({ uid: 8, gid: 9 });
    expect(statSync(join(folder, 'h'))).toMatchObject({ uid: 3, gid: 4, nlink: 2, mode: 0o100755, mtimeMs: 9000 });
    expect([await tree.remove('l'), await tree.remove('l')]).toEqual([true, false]);
    expect(existsSync(join(folder, 'f'))).toBe(true);
    await expect(tree.remove('/')).rejects.toMatchObject({ errnoName: 'EBUSY' });
  });

  describe('copying', () => {
    test('keeps everything, hard links and holes too', async () => {
      run(
        `cd "${outside}"; mkdir -p d/e; echo 1 > d/f; ln d/f d/e/g; ln -s f d/l; mkfifo d/p; mknod d/c c 1 3; truncate -s 5M d/hole; setfattr -n user.x -v y d/f; chmod 4755 d/f; chown 7:8 d; touch -d @99.5 d/e d/f`,
      );
      const copied = await tree.copyIn('out', '/d', '/copy');
      expect(copied.entries).toBe(8);
      expect(await describeTree(join(folder, 'copy'), { times: 'exact' })).toEqual(
        await describeTree(join(outside, 'd'), { times: 'exact' }),
      );
      expect(statSync(join(folder, 'copy/hole')).blocks).toBe(0);
    });

    test('with other owners, modes and times, without what is excluded', async () => {
      run(`cd "${outside}"; mkdir -p d/e d/node_modules/x; touch d/f d/e/g d/skip`);
      await tree.copyIn('out', 'd', 'copy', {
        uid: 1,
        gid: 2,
        mode: 0o640,
        dirMode: 0o750,
        mtime: 5,
        exclude: ['node_modules', 'skip'],
      });
      expect(
        (await tree.entries('copy')).map(({ path, mode, uid, gid, mtime }) => [path, mode, uid, gid, mtime]),
      ).toEqual([
        ['', 0o750, 1, 2, 5],
        ['e', 0o750, 1, 2, 5],
        ['e/g', 0o640, 1, 2, 5],
        ['f', 0o640, 1, 2, 5],
      ]);
    });

    test('joins folders, replaces files and links, and other kinds only when told', async () => {
      run(
        `cd "${outside}"; mkdir -p d/sub d/x; echo new > d/f; echo n > d/l; echo n > d/kind; cd "${folder}"; mkdir -p t/sub t/kind; chmod 700 t; touch t/old t/sub/old t/f t/x; ln -s ${outside}/secret t/l`,
      );
      await expect(tree.copyIn('out', 'd', 't', { contents: true })).rejects.toMatchObject({ errnoName: 'EISDIR' });
      await tree.copyIn('out', 'd', 't', { contents: true, replace: true });
      expect(readdirSync(join(folder, 't')).sort()).toEqual(['f', 'kind', 'l', 'old', 'sub', 'x']);
      expect(readFileSync(join(folder, 't/f'), 'latin1')).toBe('new\n');
      expect(lstatSync(join(folder, 't/l')).isFile()).toBe(true);
      expect(readFileSync(join(outside, 'secret'), 'latin1')).toBe('secret');
      expect(statSync(join(folder, 't')).mode & 0o777).toBe(0o700);
      await tree.copyIn('out', 'd', 't', { keepFolders: true, replace: true });
      expect(statSync(join(folder, 't')).mode & 0o777).toBe(0o700);
    });

    test('one entry at a time, and links as links or as what they point to', async () => {
      run(`cd "${outside}"; mkdir -p d/e; echo 1 > d/f; ln -s d/f l; touch d/e/x`);
      await Promise.all([
        tree.copyIn('out', 'd', 'd', { noRecurse: true }),
        tree.copyIn('out', 'd/f', 'd/f'),
        tree.copyIn('out', 'l', 'link'),
        tree.copyIn('out', 'l', 'file', { follow: true }),
      ]);
      expect(readdirSync(join(folder, 'd'))).toEqual(['f']);
      expect(readlinkSync(join(folder, 'link'))).toBe('d/f');
      expect(readFileSync(join(folder, 'file'), 'latin1')).toBe('1\n');
    });

    test('from an overlay into an overlay', async () => {
      const layers = emptyFolder(scratch);
      for (const name of ['a', 'b', 'u', 'w']) mkdirSync(join(layers, name));
      run(`cd "${layers}"; echo a > a/f; echo b > b/f; mknod b/gone c 0 0; touch a/gone a/kept`);
      const view = { cwd: layers, options: '', upper: '', work: '', lowers: ['b', 'a'] };
      const target = { cwd: layers, options: '', upper: join(layers, 'u'), work: join(layers, 'w'), lowers: ['a'] };
      await new Tree(helper, target, { sources: { from: view } }).copyIn('from', '/', '/all', { contents: false });
      expect(readdirSync(join(layers, 'u/all')).sort()).toEqual(['f', 'kept']);
      expect(readFileSync(join(layers, 'u/all/f'), 'latin1')).toBe('b\n');
    });
  });

  test('counts what a folder takes', async () => {
    run(`cd "${folder}"; head -c 10000 /dev/zero > f; ln f g; mkdir d; truncate -s 1G d/hole`);
    expect(await tree.usage('/')).toMatchObject({ entries: 5, bytes: 10_000 + 2 ** 30 });
  });

  test('a root that is not there is the error of every operation', async () => {
    const gone = new Tree(helper, join(folder, 'nope'));
    for (const result of await Promise.allSettled([gone.stat('x'), gone.list('/')]))
      expect(result.status).toBe('rejected');
  });
});
