import { expect, test } from '@jest/globals';
import { formatPlatform, parsePlatform } from '../../src/oci/platform.ts';

test('a word alone is an operating system or an architecture, and nothing else', () => {
  const host = { os: 'linux', architecture: 'amd64' };
  expect(formatPlatform(parsePlatform('arm64', host))).toBe('linux/arm64');
  expect(formatPlatform(parsePlatform('windows', host))).toBe('windows/amd64');
  expect(() => parsePlatform('foo', host)).toThrow('unknown operating system or architecture "foo"');
  expect(() => parsePlatform('linus', host)).toThrow('(did you mean linux?)');
  expect(formatPlatform(parsePlatform('haiku/amd64', host))).toBe('haiku/amd64');
});
