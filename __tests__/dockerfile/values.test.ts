import { describe, expect, test } from '@jest/globals';
import { parseDuration } from '../../src/dockerfile/duration.ts';
import type { RunInstruction } from '../../src/dockerfile/instruction.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { parsePorts } from '../../src/dockerfile/ports.ts';
import { type MountOptions, resolveMount } from '../../src/dockerfile/run-mount.ts';
import { parseSignal, unknownSignal } from '../../src/dockerfile/signal.ts';
import { parseSize } from '../../src/size.ts';

const here = { file: 'Dockerfile', line: 1 };

test.each([
  ['0', 0],
  ['1s', 1e9],
  ['1m30s', 90e9],
  ['1.5h', 5400e9],
  ['500ms', 5e8],
  ['.5s', 5e8],
  ['3us', 3000],
  ['3µs', 3000],
  ['-1s', -1e9],
  ['5', undefined],
  ['', undefined],
  ['s', undefined],
  ['1s ', undefined],
  ['1d', undefined],
])('the duration %j is %j nanoseconds', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  ['KILL', 9],
  ['SIGKILL', 9],
  ['sigterm', 15],
  ['9', 9],
  ['SIGRTMIN+3', 37],
  ['RTMAX-2', 62],
  ['0', undefined],
  ['65', undefined],
  ['SIGNOPE', undefined],
  ['constructor', undefined],
])('the signal %j is %j', (text, expected) => {
  expect(parseSignal(text)).toBe(expected);
});

test('an unknown signal comes with the one that was meant', () => {
  expect(unknownSignal('SIGTER')).toContain('did you mean SIGTERM?');
});

describe('ports', () => {
  test('ranges are written out, repeats dropped, sorted', () => {
    expect(parsePorts(['9000', '80', '53/UDP', '80/tcp', '8001-8003', '127.0.0.1:1:22'], here)).toEqual([
      '22/tcp',
      '53/udp',
      '80/tcp',
      '8001/tcp',
      '8002/tcp',
      '8003/tcp',
      '9000/tcp',
    ]);
  });

  test.each([['x'], ['65536'], ['80/xyz'], ['9-8'], [''], ['80/tcp/udp'], ['-1']])('%j is refused', (word) => {
    expect(() => parsePorts([word], here)).toThrow(/invalid (containerPort|proto)/);
  });
});

test.each([
  ['1024', 1024],
  ['64m', 64 * 1024 ** 2],
  ['1.5g', 1.5 * 1024 ** 3],
  ['1GiB', 1024 ** 3],
  ['2KB', 2048],
  ['x', undefined],
  ['', undefined],
])('the size %j is %j bytes', (text, expected) => {
  expect(parseSize(text)).toBe(expected);
});

describe('a mount of RUN', () => {
  const mount = (text: string, options: MountOptions = {}) => {
    const run = parseDockerfile(`FROM a\nRUN --mount=${text} true`, 'Dockerfile').stages[0]!
      .instructions[0] as RunInstruction;
    const { location: _, ...rest } = resolveMount(run.mounts[0]!, (word) => word.text.replace('$V', 'value'), options);
    return rest;
  };

  test('has its defaults filled in and its target made absolute', () => {
    expect(mount('target=x', { workdir: '/w' })).toEqual({ type: 'bind', source: '/', target: '/w/x', readonly: true });
    expect(mount('type=cache,target=./c/', { workdir: '/w' })).toEqual({
      type: 'cache',
      id: 'c',
      target: '/w/c',
      readonly: false,
      sharing: 'shared',
      source: '/',
      mode: 0o755,
      uid: 0,
      gid: 0,
    });
    expect(mount('type=tmpfs,target=/t')).toEqual({ type: 'tmpfs', target: '/t' });
    expect(mount('type=secret,id=a/b')).toEqual({
      type: 'secret',
      id: 'a/b',
      target: '/run/secrets/b',
      required: false,
      mode: 0o400,
      uid: 0,
      gid: 0,
    });
    expect(mount('type=secret,id=k,env=K')).not.toHaveProperty('target');
    expect(mount('type=ssh')).toEqual({ type: 'ssh', id: 'default', required: false, mode: 0o600, uid: 0, gid: 0 });
  });

  test('expands variables in its values', () => {
    expect(mount('type=cache,id=$V-x,target=/$V')).toMatchObject({ id: 'value-x', target: '/value' });
  });

  test('checks a value again once its variable is known', () => {
    expect(() => mount('type=cache,target=/x,sharing=$V')).toThrow('unsupported sharing value "value"');
    expect(() => mount('type=$V,target=/x')).toThrow('unsupported mount type "value"');
  });

  test('takes writable and read-only in every spelling', () => {
    expect(mount('target=/x,rw')).toMatchObject({ readonly: false });
    expect(mount('target=/x,readonly=false')).toMatchObject({ readonly: false });
    expect(mount('type=cache,target=/x,ro=true')).toMatchObject({ readonly: true });
  });
});
