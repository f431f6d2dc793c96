import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { diffLayer } from '../../src/layer/diff.ts';
import { Tree } from '../../src/layer/tree.ts';
import type { CopyOptions } from '../../src/layer/tree-types.ts';
import type { OverlayMount } from '../../src/runtime/overlay.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { emptyFolder, helper, sanitizedHelper } from './layer-fixture.ts';

const scratch = await scratchFolder('copy-below-overlay');
const FOLDER = { mode: 0o755, uid: 0, gid: 0, mtime: 1_700_000_000 };

/** Two layers, and a writable folder on top; `fill` gets the folders of the layers, topmost first. */
function overlay(fill: (above: string, below: string) => void = () => {}): OverlayMount {
  const cwd = emptyFolder(scratch);
  for (const name of ['a', 'b', 'upper', 'work']) mkdirSync(join(cwd, name));
  fill(join(cwd, 'a'), join(cwd, 'b'));
  return { cwd, options: '', upper: join(cwd, 'upper'), work: join(cwd, 'work'), lowers: ['a', 'b'] };
}

/** Everything that a copy has to keep. */
function source(): string {
  const folder = emptyFolder(scratch);
  mkdirSync(join(folder, 'bin/deep'), { recursive: true });
  writeFileSync(join(folder, 'bin/tool'), 'tool', { mode: 0o755 });
  chmodSync(join(folder, 'bin/tool'), 0o4755);
  linkSync(join(folder, 'bin/tool'), join(folder, 'bin/deep/twin'));
  writeFileSync(join(folder, 'bin/deep/big'), Buffer.alloc(300_000, 'b'));
  writeFileSync(join(folder, 'owned'), 'o', { mode: 0o640 });
  chownSync(join(folder, 'owned'), 12, 34);
  writeFileSync(join(folder, 'secret'), 's', { mode: 0o600 });
  writeFileSync(join(folder, 'empty'), '');
  mkdirSync(join(folder, 'shared'));
  chmodSync(join(folder, 'shared'), 0o2775);
  writeFileSync(join(folder, 'shared/file'), 'f');
  symlinkSync('/etc/passwd', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  for (const name of [
    'bin/tool',
    'bin/deep/big',
    'owned',
    'secret',
    'empty',
    'shared/file',
    'fifo',
    'bin/deep',
    'bin',
    'shared',
  ])
    utimesSync(join(folder, name), 1_600_000_000, 1_600_000_000);
  execFileSync('touch', ['-h', '-d', '@1600000000', join(folder, 'link')]);
  return folder;
}

interface Work {
  from: string;
  to: string;
  options?: CopyOptions;
  /** Ask something through the overlay afterwards, which keeps the copy in it. */
  through: boolean;
  with?: typeof helper;
}

async function copy(upper: OverlayMount, { from, to, options, through, with: by = helper }: Work): Promise<void> {
  const tree = new Tree(by, upper, { sources: { from } });
  await Promise.all([
    tree.mkdir(to, FOLDER),
    tree.copyIn('from', '/', to, { contents: true, ...options }),
    ...(through ? [tree.stat('/')] : []),
  ]);
}

async function layerOf(upper: OverlayMount): Promise<{ diffId: string; entries: number }> {
  const { diffId, entries } = await diffLayer({
    helper,
    upper,
    store: new MemoryStore(),
    compression: 'none',
    mtimeClamp: 1_650_000_000,
  });
  return { diffId, entries };
}

/** The layer that the copy gives by itself, and when it goes through the overlay. */
async function both(
  fill: Parameters<typeof overlay>[0],
  work: Omit<Work, 'through'>,
): Promise<[Awaited<ReturnType<typeof layerOf>>, Awaited<ReturnType<typeof layerOf>>]> {
  const [alone, through] = [overlay(fill), overlay(fill)];
  await copy(alone, { ...work, through: false });
  await copy(through, { ...work, through: true });
  return [await layerOf(alone), await layerOf(through)];
}

describe('a copy that ends a batch', () => {
  test('gives the same layer as one that goes through the overlay: new folder', async () => {
    const [alone, through] = await both(undefined, { from: source(), to: '/app/src' });
    expect(alone).toEqual(through);
    expect(alone.entries).toBe(14);
  });

  test('keeps hard links, and copies changed owners, modes and times', async () => {
    const upper = overlay();
    await copy(upper, {
      from: source(),
      to: '/app',
      options: { uid: 7, gid: 8, mode: 0o4711, mtime: 5 },
      through: false,
    });
    const tree = new Tree(helper, upper);
    const [tool, twin] = await Promise.all([tree.stat('/app/bin/tool'), tree.stat('/app/bin/deep/twin')]);
    expect(twin).toMatchObject({ ...tool, path: 'app/bin/deep/twin' });
    expect(tool).toMatchObject({ uid: 7, gid: 8, mode: 0o4711, mtime: 5, nlink: 2 });
  });

  test.each<[string, (above: string, below: string) => void]>([
    ['is in the lowest layer', (_, below) => mkdirSync(join(below, 'app/bin'), { recursive: true })],
    [
      'holds files that are replaced',
      (above) => {
        mkdirSync(join(above, 'app/bin'), { recursive: true });
        writeFileSync(join(above, 'app/bin/tool'), 'older');
        writeFileSync(join(above, 'app/stays'), 'stays');
      },
    ],
    [
      'was deleted by the layer above',
      (above, below) => {
        mkdirSync(join(below, 'app/old'), { recursive: true });
        execFileSync('mknod', [join(above, 'app'), 'c', '0', '0']);
      },
    ],
    [
      'is reached through a link',
      (above, below) => {
        mkdirSync(join(below, 'real'));
        symlinkSync('/real', join(above, 'app'));
      },
    ],
    [
      'has a link of another layer on its way',
      (above, below) => {
        mkdirSync(join(above, 'app'));
        symlinkSync('/etc', join(below, 'app'));
      },
    ],
  ])('gives the same layer where the destination %s', async (_, fill) => {
    const from = source();
    for (const to of ['/app', '/app/new']) {
      const [alone, through] = await both(fill, { from, to });
      expect(alone).toEqual(through);
    }
  });

  test('shows the files of both layers in the next mount', async () => {
    const upper = overlay((above) => {
      mkdirSync(join(above, 'app/new'), { recursive: true });
      writeFileSync(join(above, 'app/new/stays'), 'yes');
    });
    await copy(upper, { from: source(), to: '/app/new', through: false });
    const tree = new Tree(helper, upper);
    expect((await tree.read('/app/new/stays')).toString()).toBe('yes');
    expect((await tree.read('/app/new/bin/tool')).toString()).toBe('tool');
  });

  test('is free of errors that sanitizers find', async () => {
    const upper = overlay();
    await copy(upper, { from: source(), to: '/app', through: false, with: sanitizedHelper() });
    expect((await layerOf(upper)).entries).toBe(13);
  });
});
