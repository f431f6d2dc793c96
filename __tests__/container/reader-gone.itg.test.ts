import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { entry } from '../helpers/entry.ts';
import { containerLine } from './fixture.ts';

const cli = await containerLine('reader-gone');
const globals = ['--root', join(cli.folder, 'root'), '--run-root', join(cli.folder, 'run')];

/** The command as a program, whose output nobody reads any more once something has come. */
async function unread(...words: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [entry, ...globals, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  return { code, stderr };
}

describe('a container whose output nobody reads any more', () => {
  test('ends, as any program in a pipe does, and is removed', async () => {
    expect(await unread('run', '--rm', 'busybox', 'yes')).toEqual({ code: 141, stderr: '' });
    expect(await unread('run', '--rm', 'busybox', 'sh', '-c', 'while :; do echo x; done')).toMatchObject({ code: 141 });
    expect(await (await (await cli.engine).containers()).list()).toEqual([]);
  }, 20_000);

  test('a command that was run in one ends, and the container goes on', async () => {
    await cli.ok(['run', '-d', '--name', 'box', 'busybox', 'sleep', '100']);
    expect(await unread('exec', 'box', 'yes')).toEqual({ code: 141, stderr: '' });
    expect(await cli.ok(['ps', '--format', '{{.Names}}'])).toBe('box\n');
    await cli.ok(['rm', '-f', 'box']);
  }, 20_000);

  test('what does not fit on a disk is not lost in silence', async () => {
    const child = spawn(process.execPath, [entry, ...globals, 'run', '--rm', 'busybox', 'echo', 'x'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([74, 'error: standard output cannot be written: ENOSPC\n']);
  });
});
