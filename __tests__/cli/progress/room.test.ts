import { PassThrough, Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { PlainRenderer } from '../../../src/cli/progress/plain.ts';
import { RawJsonRenderer } from '../../../src/cli/progress/rawjson.ts';
import { roomFor } from '../../../src/cli/progress/room.ts';

const chunk = Buffer.alloc(256 * 1024, 'x\n');

test('there is room while little waits, and for what is no stream', () => {
  expect(roomFor({ write: () => {} })).toBeUndefined();
  expect(roomFor(new PassThrough())).toBeUndefined();
});

test.each([
  ['plain', PlainRenderer],
  ['rawjson', RawJsonRenderer],
] as const)('%s progress asks a program to wait for a reader that is slow, and lets it go on', async (_, Renderer) => {
  const out = new PassThrough();
  const task = new Renderer({ out }).start({ name: 'a' });
  let waits: Promise<void> | undefined;
  let sent = 0;
  for (; waits === undefined && sent < 100; sent++) waits = task.output('stdout', chunk) as Promise<void> | undefined;
  expect(sent).toBeLessThan(20);
  expect(task.output('stdout', chunk)).toBe(waits);
  out.resume();
  await waits;
  expect(roomFor(out)).toBeUndefined();
});

test('a reader that is gone holds nobody up', async () => {
  const out = new Writable({ write: () => {} });
  out.write(Buffer.alloc(2 * 1024 * 1024));
  const wait = roomFor(out);
  expect(wait).toBeDefined();
  out.destroy();
  await wait;
});

test('however often one has to wait, nothing stays behind at the stream', async () => {
  const out = new PassThrough();
  const before = out.eventNames().map((name) => [name, out.listenerCount(name)]);
  for (let i = 0; i < 30; i++) {
    out.write(Buffer.alloc(2 * 1024 * 1024));
    const wait = roomFor(out);
    expect(wait).toBeDefined();
    out.read();
    await wait;
  }
  expect(out.eventNames().map((name) => [name, out.listenerCount(name)])).toEqual(before);
});
