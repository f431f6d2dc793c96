import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { packRoot } from '../../src/layer/diff.ts';
import { Tree } from '../../src/layer/tree.ts';
import { Helper } from '../../src/runtime/helper.ts';
import { HelperSession } from '../../src/runtime/helper-session.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { helperBinary } from './helper-fixture.ts';

const scratch = await scratchFolder('helper-session');

/** Counts the processes that are started. */
class Counting extends Helper {
  readonly modes: string[] = [];
  override spawn(...args: Parameters<Helper['spawn']>): ReturnType<Helper['spawn']> {
    this.modes.push(args[0]);
    return super.spawn(...args);
  }
}

const open: HelperSession[] = [];

afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

function begin(): { session: HelperSession; helper: Counting } {
  const helper = new Counting(helperBinary);
  const session = new HelperSession(helper);
  open.push(session);
  return { session, helper };
}

function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
}

async function processesBelow(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
}

async function namesOfChildren(): Promise<string[]> {
  const names = await Promise.all(
    (await processesBelow(process.pid)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return names.filter((line) => line.includes('\0serve\0'));
}

describe('a helper that stays', () => {
  test('of another version, which cannot do that, says so', async () => {
    const older = join(scratch, 'older');
    const report = '{"event":"error","stage":"start","message":"unknown mode serve"}';
    // bash, where a number of two digits is a descriptor
    writeFileSync(older, `#!/bin/bash\ncat >&"$5" <<'END'\n${report}\nEND\nexit 70\n`, { mode: 0o755 });
    const session = new HelperSession(new Helper(older));
    open.push(session);
    await expect(new Tree(session, folder('older-root')).list('/')).rejects.toMatchObject({
      message: expect.stringContaining('unknown mode serve'),
      hint: expect.stringContaining('may be of another version'),
    });
  });

  test('carries out many lists in one process', async () => {
    const { session, helper } = begin();
    const root = folder('many');
    const tree = new Tree(session, root);
    for (let i = 0; i < 20; i++) await tree.write(`/f${i}`, `content ${i}`, { mode: 0o644, uid: 0, gid: 0 });
    expect(await readdir(root)).toHaveLength(20);
    expect((await buffer(packRoot({ helper: session, root }))).length).toBeGreaterThan(20 * 1024);
    expect(helper.modes).toEqual(['serve']);
  });

  test('tells failures one by one, and goes on', async () => {
    const { session, helper } = begin();
    const tree = new Tree(session, folder('failures'));
    await expect(tree.read('/missing')).rejects.toMatchObject({ errnoName: 'ENOENT' });
    await tree.write('/there', 'yes', { mode: 0o600, uid: 0, gid: 0 });
    expect((await tree.read('/there')).toString()).toBe('yes');
    expect(helper.modes).toEqual(['serve']);
  });

  test('gives the same archive as a process of its own, however large', async () => {
    const { session } = begin();
    const root = folder('large');
    for (let i = 0; i < 8; i++) writeFileSync(join(root, `f${i}`), Buffer.alloc(3_000_000 + i, `${i}`));
    const served = await buffer(packRoot({ helper: session, root }));
    const alone = await buffer(packRoot({ helper: new Helper(helperBinary), root }));
    expect(served.equals(alone)).toBe(true);
  });

  test('lists that are begun together run beside each other, more than there are lanes in processes of their own', async () => {
    const { session, helper } = begin();
    const roots = Array.from({ length: 6 }, (_, i) => folder(`together/${i}`));
    await Promise.all(roots.map((root, i) => new Tree(session, root).mkdir(`/d${i}`, { mode: 0o755, uid: 0, gid: 0 })));
    for (const [i, root] of roots.entries()) expect(existsSync(join(root, `d${i}`))).toBe(true);
    expect(helper.modes[0]).toBe('serve');
    expect(helper.modes.slice(1).every((mode) => mode === 'tree')).toBe(true);
  });

  test('a reader that stops early ends the work, and the next archive is whole', async () => {
    const { session } = begin();
    const root = folder('early');
    writeFileSync(join(root, 'f'), Buffer.alloc(20_000_000, 'x'));
    for await (const _ of packRoot({ helper: session, root })) break;
    const whole = await buffer(packRoot({ helper: session, root }));
    expect(whole.length).toBeGreaterThan(20_000_000);
  });

  test('an abort ends the work before it is told', async () => {
    const { session } = begin();
    const root = folder('abort');
    writeFileSync(join(root, 'f'), Buffer.alloc(50_000_000, 'x'));
    const stop = new AbortController();
    const archive = packRoot({ helper: session, root, signal: stop.signal });
    await new Promise((resolve) => archive.once('readable', resolve));
    stop.abort(new Error('enough'));
    await expect(buffer(archive)).rejects.toThrow('enough');
    expect((await buffer(packRoot({ helper: session, root }))).length).toBeGreaterThan(50_000_000);
  });

  test('ends with the session, and what comes later has a process of its own', async () => {
    const { session, helper } = begin();
    const root = folder('ends');
    await new Tree(session, root).mkdir('/a', { mode: 0o755, uid: 0, gid: 0 });
    expect(await namesOfChildren()).toHaveLength(1);
    await session.close();
    expect(await namesOfChildren()).toHaveLength(0);
    await new Tree(session, root).mkdir('/b', { mode: 0o755, uid: 0, gid: 0 });
    expect(helper.modes).toEqual(['serve', 'tree']);
  });

  test('when the helper is killed, what it was at fails and the next has a process of its own', async () => {
    const { session } = begin();
    const root = folder('killed');
    writeFileSync(join(root, 'f'), Buffer.alloc(50_000_000, 'x'));
    const archive = packRoot({ helper: session, root });
    await new Promise((resolve) => archive.once('readable', resolve));
    const pids = await processesBelow(process.pid);
    for (const pid of pids)
      if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('\0serve\0')) process.kill(Number(pid), 'SIGKILL');
    await expect(buffer(archive)).rejects.toThrow(/ended with signal/);
    expect((await buffer(packRoot({ helper: session, root }))).length).toBeGreaterThan(50_000_000);
  });

  test('never used, it starts nothing', async () => {
    const { session, helper } = begin();
    await session.close();
    expect(helper.modes).toEqual([]);
  });
});
