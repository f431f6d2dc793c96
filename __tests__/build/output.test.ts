import { describe, expect, test } from '@jest/globals';
import { parseOutput, splitFields } from '../../src/build/outputs/output.ts';

describe('--output', () => {
  test.each([
    ['out', { type: 'local', dest: '/cwd/out' }],
    ['-', { type: 'tar', dest: '-' }],
    ['type=local,dest=out', { type: 'local', dest: '/cwd/out' }],
    ['type=tar,dest=/x.tar', { type: 'tar', dest: '/x.tar' }],
    ['type=oci,dest=x.tar', { type: 'oci', dest: '/cwd/x.tar', tar: true, names: [] }],
    ['type=oci,dest=x,tar=false', { type: 'oci', dest: '/cwd/x', tar: false, names: [] }],
    ['type=docker', { type: 'load', names: [] }],
    ['type=docker,dest=-', { type: 'docker', dest: '-', tar: true, names: [] }],
    ['type=image,name=a,push=true', { type: 'image', names: ['a'], push: true, pushByDigest: false }],
    [
      'type=image,"name=a,b",push-by-digest=true',
      { type: 'image', names: ['a', 'b'], push: false, pushByDigest: true },
    ],
    ['type=registry,name=a', { type: 'image', names: ['a'], push: true, pushByDigest: false }],
    ['type=cacheonly', { type: 'cacheonly' }],
  ])('%s', (text, output) => {
    expect(parseOutput(text, '/cwd').output).toEqual(output);
  });

  test('settings of the image are apart', () => {
    expect(
      parseOutput(
        'type=oci,dest=x,compression=zstd,compression-level=3,oci-mediatypes=false,rewrite-timestamp=true,annotation.a=b,annotation-index.c=d',
        '/',
      ).settings,
    ).toEqual({
      compression: 'zstd',
      level: 3,
      force: false,
      family: 'docker',
      rewriteTimestamp: true,
      annotations: ['a=b', 'index:c=d'],
    });
  });

  test.each([
    ['type=lokal,dest=x', 'unknown type "lokal" (did you mean local?)'],
    ['type=oci,dset=x', 'unknown key "dset" (did you mean dest?)'],
    ['dest=x', 'the type is missing'],
    ['type=local', 'dest=FOLDER is missing'],
    ['type=image,push=maybe', 'push: expected true or false, found "maybe"'],
    ['type=oci,compression=bz2', 'unknown compression "bz2"'],
    ['type=oci,compression-level=x', 'expected a number'],
    ['type=oci,tar=false', 'needs dest=FOLDER'],
  ])('%s is refused', (text, message) => {
    expect(() => parseOutput(text, '/')).toThrow(message);
  });

  test('fields are cut as CSV', () => {
    expect(splitFields('a=1,"b=2,3","c=""x"""')).toEqual(['a=1', 'b=2,3', 'c="x"']);
  });
});
