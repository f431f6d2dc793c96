import { describe, expect, test } from '@jest/globals';
import {
  parseAnnotations,
  parseBuildArgs,
  parseContexts,
  parseLabels,
  parsePlatforms,
  parseSecrets,
  parseSsh,
} from '../../../src/cli/build/flag-values.ts';
import { namesOf } from '../../../src/cli/build/names.ts';

const LINUX = { os: 'linux', architecture: 'amd64' };

describe('values of build flags', () => {
  test('build args: with a value, from the environment, or not at all', () => {
    expect(parseBuildArgs(['A=1', 'B=', 'C=x=y', 'D', 'E'], { D: 'd' })).toEqual({ A: '1', B: '', C: 'x=y', D: 'd' });
    expect(() => parseBuildArgs(['=x'], {})).toThrow('expected NAME=VALUE');
  });

  test('labels', () => {
    expect(parseLabels(['a=1', 'b', 'c=x=y'])).toEqual({ a: '1', b: '', c: 'x=y' });
  });

  test('platforms: lists, repeats, each once', () => {
    expect(parsePlatforms(['linux/amd64,linux/arm64', 'linux/arm64/v8'])).toEqual([
      LINUX,
      { os: 'linux', architecture: 'arm64' },
    ]);
    expect(parsePlatforms([''])).toEqual([]);
    expect(() => parsePlatforms(['linux/amd64/x/y'])).toThrow('expected a platform');
  });

  test('secrets: files, variables, and what their name says', () => {
    expect(
      Object.fromEntries(
        parseSecrets(['id=a,src=f', 'id=b,env=V', 'id=V', 'id=file', 'source=/x/y'], { V: 'v' }, '/cwd'),
      ),
    ).toEqual({
      a: { file: '/cwd/f' },
      b: { value: Buffer.from('v') },
      V: { value: Buffer.from('v') },
      file: { file: '/cwd/file' },
      '/x/y': { file: '/x/y' },
    });
    expect(() => parseSecrets(['id=a,scr=f'], {}, '/')).toThrow('did you mean src?');
    expect(() => parseSecrets(['id=a,env=NOT'], {}, '/')).toThrow('the variable NOT to be set');
  });

  test('ssh agents', () => {
    expect(Object.fromEntries(parseSsh(['default', 'other=s.sock'], { SSH_AUTH_SOCK: '/agent' }, '/cwd'))).toEqual({
      default: '/agent',
      other: '/cwd/s.sock',
    });
    expect(() => parseSsh(['default'], {}, '/')).toThrow('SSH_AUTH_SOCK is not set');
  });

  test('named contexts', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const given = ['a=dir', 'b=docker-image://alpine:3', 'c=oci-layout://l:t', `d=oci-layout:///l@${digest}`];
    expect(Object.fromEntries(parseContexts(given, '/cwd'))).toEqual({
      a: { kind: 'folder', path: '/cwd/dir' },
      b: { kind: 'image', reference: 'alpine:3' },
      c: { kind: 'layout', path: '/cwd/l', tag: 't' },
      d: { kind: 'layout', path: '/l', digest },
    });
    expect(() => parseContexts(['a=https://x/y.git'], '/')).toThrow('a folder, docker-image:// or oci-layout://');
  });

  test('annotations go to the manifest, or where they say, for the platform that they say', () => {
    const of = parseAnnotations([
      'a=1',
      'index,manifest:b=2',
      'manifest[linux/arm64]:c=3',
      'manifest-descriptor:d=https://x:1/',
    ]);
    expect(of(LINUX)).toEqual({
      manifest: { a: '1', b: '2' },
      manifestDescriptor: { d: 'https://x:1/' },
      index: { b: '2' },
    });
    expect(of({ os: 'linux', architecture: 'arm64' }).manifest).toEqual({ a: '1', b: '2', c: '3' });
    expect(() => parseAnnotations(['idnex:a=1'])).toThrow('did you mean index?');
  });

  test('names', () => {
    expect(namesOf(['app', 'app:latest', 'ghcr.io/o/a:1'])).toEqual(['docker.io/library/app:latest', 'ghcr.io/o/a:1']);
    expect(() => namesOf(['App'])).toThrow('invalid image name "App"');
  });
});
