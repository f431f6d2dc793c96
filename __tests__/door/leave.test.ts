import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('leave');
const LEAVE = join(import.meta.dirname, '../../src/door/leave.ts');

/** A program that does something and leaves. */
function program(name: string, before: string, code = 3): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { leave } from ${JSON.stringify(LEAVE)};\nimport { writeSync } from 'node:fs';\nprocess.emitWarning = () => {};\n${before}\nleave(${code});\n`,
  );
  return file;
}

test('the code is the one that was given, and everything written is there', () => {
  // a door waits until everything is written; what is on its way then is not lost
  const file = program(
    'code',
    "await new Promise((done) => process.stdout.write('x'.repeat(300_000), done)); process.stderr.write('why');",
  );
  for (const words of [[file], ['--no-warnings', file]]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect([status, stdout.length, stderr]).toEqual([3, 300_000, 'why']);
  }
});

test('who waits for the end is told before it, once', () => {
  const file = program('told', "process.on('exit', (code) => writeSync(1, `ends with ${code};`));", 0);
  expect(spawnSync(process.execPath, [file]).stdout.toString()).toBe('ends with 0;');
});

test('a pipe that others have as well can block again', async () => {
  const file = program(
    'pipe',
    "process.stdin.on('data', () => {}); process.stdout.write('x'); process.stderr.write('y');",
  );
  const look = 'import fcntl,os;print([bool(fcntl.fcntl(i,fcntl.F_GETFL)&os.O_NONBLOCK) for i in (0,1)])';
  // both programs have the same two pipes, one after the other
  const shell = spawn('sh', [
    '-c',
    `'${process.execPath}' '${file}' | cat; sleep 1 | { '${process.execPath}' '${file}'; python3 -c '${look}'; } | cat`,
  ]);
  let said = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await new Promise((resolve) => shell.on('close', resolve));
  expect(said).toBe('xx[False, False]\n');
});

test('threads that would never end do not hold it up', () => {
  const busy =
    "const { Worker } = await import('node:worker_threads'); new Worker('for (;;) {}', { eval: true }); await new Promise((go) => setTimeout(go, 100));";
  expect(spawnSync(process.execPath, [program('busy', busy)], { timeout: 10_000 })).toMatchObject({ status: 3 });
});
