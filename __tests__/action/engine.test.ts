import { expect, test } from '@jest/globals';
import { eachLine } from '../../src/action/engine.ts';

test('lines of an engine come whole: characters cut between chunks, lines that are empty, many in one chunk', () => {
  const lines: string[] = [];
  const sink = eachLine((line) => void lines.push(line));
  const bytes = Buffer.from('größe\n\n{"a":"🎉"}\nlast\nopen');
  for (const byte of bytes) sink.write(Buffer.from([byte]));
  sink.write(' end\none\ntwo\n');
  expect(lines).toEqual(['größe', '{"a":"🎉"}', 'last', 'open end', 'one', 'two']);
});

test('a report of many megabytes in one line is put together once', () => {
  let length = 0;
  const sink = eachLine((line) => {
    length = line.length;
  });
  const began = performance.now();
  for (let i = 0; i < 3000; i++) sink.write(Buffer.alloc(16 * 1024, 'x'));
  sink.write('\n');
  expect(length).toBe(3000 * 16 * 1024);
  expect(performance.now() - began).toBeLessThan(4000);
});

test('an engine is not heard further while there is no room for what it said', async () => {
  const room = Promise.withResolvers<void>();
  const lines: string[] = [];
  const sink = eachLine((line) => {
    lines.push(line);
    return room.promise;
  });
  sink.write('one\n');
  sink.write('two\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual(['one']);
  room.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual(['one', 'two']);
});
