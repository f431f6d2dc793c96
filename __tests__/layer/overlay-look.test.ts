import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lookInLayers } from '../../src/layer/overlay-look.ts';
import type { OverlayMount } from '../../src/runtime/overlay.ts';
import { makeScratch } from '../helpers/make-scratch.ts';

let folder: string;
let overlay: OverlayMount;

beforeEach(() => {
  folder = makeScratch('look');
  for (const name of ['upper', 'top', 'low']) mkdirSync(join(folder, name));
  overlay = { cwd: folder, options: '', upper: join(folder, 'upper'), work: '', lowers: ['top', 'low'] };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function make(layer: string, path: string, content?: string): void {
  const at = join(folder, layer, path);
  mkdirSync(content === undefined ? at : join(at, '..'), { recursive: true });
  if (content !== undefined) writeFileSync(at, content);
}

describe('a look into the layers of an overlay', () => {
  test('finds what only one layer knows of', () => {
    make('low', 'etc/passwd', 'root');
    make('low', 'app/src');
    expect(lookInLayers(overlay, '/etc/passwd')).toEqual({ file: join(folder, 'low/etc/passwd'), size: 4 });
    expect(lookInLayers(overlay, '/app/src')).toBe('folder');
    expect(lookInLayers(overlay, '/')).toBe('folder');
  });

  test('says that nothing is there when no layer has it', () => {
    make('top', 'app');
    make('low', 'app');
    expect(lookInLayers(overlay, '/app/src')).toBe('missing');
    expect(lookInLayers(overlay, '/none/at/all')).toBe('missing');
  });

  test('takes the topmost', () => {
    make('upper', 'a', 'new');
    make('top', 'a', 'old one');
    expect(lookInLayers(overlay, '/a')).toEqual({ file: join(folder, 'upper/a'), size: 3 });
    make('upper', 'b');
    make('low', 'b/c');
    expect(lookInLayers(overlay, '/b')).toBe('folder');
  });

  test('leaves to the kernel what a folder above may hide', () => {
    make('top', 'app');
    make('low', 'app/src');
    expect(lookInLayers(overlay, '/app/src')).toBe('unclear');
  });

  test('leaves links and what stands in the way to the kernel', () => {
    make('low', 'real/file', 'x');
    symlinkSync('real', join(folder, 'low/link'));
    expect(lookInLayers(overlay, '/link')).toBe('unclear');
    expect(lookInLayers(overlay, '/link/file')).toBe('unclear');
    make('top', 'app', 'no folder');
    make('low', 'app/src');
    expect(lookInLayers(overlay, '/app/src')).toBe('unclear');
  });
});
