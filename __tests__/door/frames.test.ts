import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { type EngineChannel, runEngine } from '../../src/door/engine-process.ts';
import type { EngineRequest } from '../../src/door/engine-request.ts';
import { acceptDoor } from '../../src/door/engine-side.ts';
import { encodeControl, encodeFrame, FRAME, readFrames } from '../../src/door/frames.ts';
import { noPrivileges } from '../../src/door/privilege.ts';
import { idMap, parseSubordinateIds } from '../../src/door/subordinate-ids.ts';

const request: EngineRequest = {
  words: ['ps'],
  env: {},
  cwd: '/',
  home: '/',
  owner: { uid: 1, gid: 1 },
  debug: false,
  rung: 'sudo',
  isTerminal: { stdin: false, stdout: false, stderr: false },
  size: { columns: 80, rows: 24 },
};

/** A door and an engine in one process, joined by pipes. */
function pair(input: Readable) {
  const toEngine = new PassThrough();
  const toDoor = new PassThrough();
  const engineErrors = new PassThrough();
  const closed = Promise.withResolvers<{ code: number | null; signal: string | null }>();
  const channel: EngineChannel = {
    stdin: toEngine,
    stdout: toDoor,
    stderr: engineErrors,
    closed: closed.promise,
    kill() {},
  };
  const out = { stdout: '', stderr: '', raw: [] as boolean[] };
  const sink = (name: 'stdout' | 'stderr') => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => {
      out[name] += chunk.toString();
    });
    return stream;
  };
  const signals = new Set<(signal: NodeJS.Signals) => void>();
  const door = runEngine(channel, request, {
    stdin: input,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    onResize: () => () => {},
    onSignal: (listener) => {
      signals.add(listener);
      return () => signals.delete(listener);
    },
    setRawMode: (on) => out.raw.push(on),
    size: () => ({ columns: 1, rows: 1 }),
  });
  return { toEngine, toDoor, closed, door, out, signals };
}

describe('frames', () => {
  test('are read whole whatever the pieces they come in', async () => {
    const bytes = Buffer.concat([
      encodeFrame(FRAME.stdout, Buffer.from('one')),
      encodeFrame(FRAME.stderr, Buffer.alloc(0)),
      encodeControl({ exit: 3 }),
    ]);
    const pieces = Readable.from([...bytes].map((byte) => Buffer.of(byte)));
    const seen: unknown[] = [];
    for await (const { kind, payload } of readFrames(pieces)) seen.push([kind, payload.toString()]);
    expect(seen).toEqual([
      [1, 'one'],
      [2, ''],
      [0, '{"exit":3}'],
    ]);
  });

  test('something else on the channel is refused', async () => {
    const other = Readable.from([Buffer.from('Last login: today\n')]);
    await expect(readFrames(other).next()).rejects.toThrow('carries something else');
  });
});

describe('a door and its engine', () => {
  test('output, errors, exit code, raw mode, signals and stdin pass', async () => {
    const { toEngine, toDoor, closed, door, out, signals } = pair(
      Readable.from([Buffer.from('typed')], { objectMode: false }),
    );
    const engine = await acceptDoor(toEngine, toDoor);
    expect(engine.request).toEqual(request);
    engine.say({ hello: true });
    const heard: string[] = [];
    engine.onSignal((signal) => heard.push(signal));
    engine.say({ rawMode: true });
    engine.stdout.write('out');
    engine.stderr.write('err');
    let typed = '';
    for await (const chunk of engine.stdin) typed += chunk;
    for (const listener of signals) listener('SIGUSR1');
    await new Promise((resolve) => setImmediate(resolve));
    engine.say({ exit: 5 });
    toDoor.end();
    closed.resolve({ code: 5, signal: null });
    expect(await door).toEqual({ exit: 5 });
    expect([typed, out, heard]).toEqual(['typed', { stdout: 'out', stderr: 'err', raw: [true] }, ['SIGUSR1']]);
    await engine.gone;
  });

  test('a report larger than any frame passes whole', async () => {
    const { toEngine, toDoor, closed, door, out } = pair(Readable.from([], { objectMode: false }));
    const engine = await acceptDoor(toEngine, toDoor);
    engine.say({ hello: true });
    const report = `${'x'.repeat(70 * 1024 * 1024)}end\n`;
    await new Promise<void>((resolve) => engine.stdout.write(report, () => resolve()));
    engine.say({ exit: 0 });
    toDoor.end();
    closed.resolve({ code: 0, signal: null });
    expect(await door).toEqual({ exit: 0 });
    expect(out.stdout === report).toBe(true);
    await engine.gone;
  });

  test('stdin that the engine does not ask for is not read', async () => {
    let reads = 0;
    const input = new Readable({
      highWaterMark: 0,
      read() {
        reads++;
        this.push('for the next program');
      },
    });
    const { toEngine, toDoor, closed, door } = pair(input);
    const engine = await acceptDoor(toEngine, toDoor);
    engine.say({ hello: true });
    engine.say({ exit: 0 });
    toDoor.end();
    closed.resolve({ code: 0, signal: null });
    await door;
    expect(reads).toBe(0);
  });

  test('an engine that refuses, or dies before it says hello, lets the next way be tried', async () => {
    const first = pair(Readable.from([]));
    const engine = await acceptDoor(first.toEngine, first.toDoor);
    engine.say({ hello: true, refusal: 'no rights' });
    first.toDoor.end();
    first.closed.resolve({ code: 1, signal: null });
    expect(await first.door).toEqual({ refused: 'no rights' });
    const second = pair(Readable.from([]));
    second.toDoor.end();
    second.closed.resolve({ code: 1, signal: null });
    expect(await second.door).toEqual({ refused: 'it ended with exit code 1' });
  });

  test('an engine that dies in the middle is a failure that is said', async () => {
    const { toEngine, toDoor, closed, door, out } = pair(Readable.from([]));
    (await acceptDoor(toEngine, toDoor)).say({ hello: true });
    toDoor.end();
    closed.resolve({ code: null, signal: 'SIGKILL' });
    expect(await door).toEqual({ exit: 1 });
    expect(out.stderr).toContain('the engine ended with SIGKILL');
  });
});

describe('subordinate IDs', () => {
  test('are found by name and by number', () => {
    const text = 'a:100000:65536\nb:1:2\n1000:300000:10\na:400000:5\nbad\na:x:1\n';
    expect(parseSubordinateIds(text, 'a', 1000)).toEqual([
      { start: 100000, count: 65536 },
      { start: 300000, count: 10 },
      { start: 400000, count: 5 },
    ]);
  });

  test('root is the caller, the others follow', () => {
    expect(
      idMap(1000, [
        { start: 100000, count: 65536 },
        { start: 5, count: 2 },
      ]),
    ).toEqual([
      [0, 1000, 1],
      [1, 100000, 65536],
      [65537, 5, 2],
    ]);
  });
});

test('no way left: everything that was tried is named, and what to do', () => {
  const error = noPrivileges([{ rung: 'sudo -n', reason: 'sudo: a password is required\nmore' }]);
  expect(error.message).toContain('sudo -n: sudo: a password is required');
  expect(error.hint).toMatch(/run as root/);
});
