import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { OutputTail } from '../../src/testing/output-tail.ts';

async function write(sink: Writable, ...chunks: (string | Buffer)[]): Promise<void> {
  for (const chunk of chunks) if (!sink.write(chunk)) await once(sink, 'drain');
}

test('the last 60 lines are kept, and every chunk is handed on', async () => {
  const heard: string[] = [];
  const tail = new OutputTail((stream, chunk) => void heard.push(`${stream} ${chunk.length}`));
  const sink = tail.sink('stdout');
  for (let i = 1; i <= 100; i++) await write(sink, `line ${i}\n`);
  expect(tail.lines()).toHaveLength(60);
  expect(tail.lines()[0]).toBe('line 41');
  expect(tail.lines().at(-1)).toBe('line 100');
  expect(heard).toHaveLength(100);
});

test('an unfinished line counts, and one of a stream is not mixed into another’s', async () => {
  const tail = new OutputTail(() => {});
  const [out, err] = [tail.sink('stdout'), tail.sink('stderr')];
  await write(out, 'out begins, ');
  await write(err, 'an error\n');
  await write(out, 'out ends\nopen');
  expect(tail.lines()).toEqual(['an error', 'out begins, out ends', 'open']);
});

test('a character that is cut between chunks stays whole, half a one at the end is shown as such', async () => {
  const tail = new OutputTail(() => {});
  const sink = tail.sink('stdout');
  const [a, b] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
  await write(sink, a, b, '\r\n', a);
  sink.end();
  await once(sink, 'finish');
  expect(tail.lines()).toEqual(['ü', '\ufffd']);
});

test('what writes no line ends does not fill the memory', async () => {
  const tail = new OutputTail(() => {});
  const sink = tail.sink('stdout');
  const chunk = Buffer.alloc(64 * 1024, 'y');
  const began = performance.now();
  for (let i = 0; i < 2000; i++) await write(sink, chunk);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(tail.lines().join('')).toHaveLength(4096);
});

test('a program waits when whoever hears it has no room', async () => {
  const room = Promise.withResolvers<void>();
  const tail = new OutputTail(() => room.promise);
  const sink = tail.sink('stdout');
  let taken = 0;
  sink.write('one\n', () => taken++);
  sink.write('two\n', () => taken++);
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBe(0);
  expect(tail.lines()).toEqual(['one']);
  room.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBe(2);
});

test('its end is when all that was written has been heard, however slowly', async () => {
  const heard: string[] = [];
  const tail = new OutputTail(async (_, chunk) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    heard.push(chunk.toString());
  });
  const [out, err] = [tail.sink('stdout'), tail.sink('stderr')];
  for (let i = 0; i < 10; i++) out.write(`${i}\n`);
  err.write('open');
  await tail.end();
  expect(heard).toHaveLength(11);
  expect(tail.lines().at(-2)).toBe('9');
  await tail.end();
});
