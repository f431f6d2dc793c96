import { expect, test } from '@jest/globals';
import { parsePep440 } from '../../../src/release/tags/pep440.ts';
import { compareSemver, parseSemver } from '../../../src/release/tags/semver.ts';

test('versions are ordered as semver.org says', () => {
  const ordered = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  const shuffled = [...ordered].reverse().map((text) => parseSemver(text)!);
  expect(shuffled.sort(compareSemver).map((v) => v.raw)).toEqual(ordered);
  expect(compareSemver(parseSemver('1.0.0+a')!, parseSemver('1.0.0+b')!)).toBe(0);
});

test.each(['1', '1.2', 'V1.2.3', 'v01.2.3', '1.2.3.4', '1.2.3rc1', 'release-1.2.3', '', '1.2.3-', '1.2.3-01'])(
  '%s is no semantic version',
  (text) => {
    expect(parseSemver(text)).toBeUndefined();
  },
);

test.each([
  ['1.2.3', '1.2.3'],
  ['v1.0a1', '1.0a1'],
  ['1.0-ALPHA.1', '1.0a1'],
  ['1.0.preview3', '1.0rc3'],
  ['1.0-1', '1.0.post1'],
  ['1.0.post', '1.0.post0'],
  ['1.0.dev3', '1.0.dev3'],
  ['1.2.3+local.1', '1.2.3+local.1'],
  ['1.0+Ubuntu-1', '1.0+ubuntu.1'],
])('%s is %s to PEP 440', (text, version) => {
  expect(parsePep440(text)?.version).toBe(version);
});
