import { describe, expect, test } from '@jest/globals';
import { parseCacheLocation, scopeOf } from '../../../src/cli/build/cache-flag.ts';

describe('--cache-from and --cache-to', () => {
  test('a folder or a registry', () => {
    expect(parseCacheLocation('cache-from', 'type=local,src=c', '/cwd')).toEqual({
      type: 'local',
      folder: '/cwd/c',
      mode: 'max',
    });
    expect(parseCacheLocation('cache-to', 'type=local,dest=c,mode=min,tag=t', '/cwd')).toEqual({
      type: 'local',
      folder: '/cwd/c',
      mode: 'min',
      tag: 't',
    });
    const reference = { registry: 'docker.io', repository: 'user/app', tag: 'cache' };
    expect(parseCacheLocation('cache-from', 'user/app:cache', '/')).toEqual({
      type: 'registry',
      reference,
      mode: 'max',
    });
    expect(parseCacheLocation('cache-to', 'type=registry,ref=user/app:cache,mode=min,ignore-error=true', '/')).toEqual({
      type: 'registry',
      reference,
      mode: 'min',
      ignoreError: true,
    });
    expect(() => parseCacheLocation('cache-to', 'type=inline', '/')).toThrow(
      'expected type=local, type=registry or type=gha',
    );
    expect(() => parseCacheLocation('cache-to', 'type=registry', '/')).toThrow('expected type=registry,ref=NAME');
  });

  test('GitHub’s cache service: the scope given, or the build’s own', () => {
    expect(parseCacheLocation('cache-from', 'type=gha', '/', 'app linux/amd64')).toEqual({
      type: 'gha',
      scope: 'app linux/amd64',
      mode: 'max',
    });
    expect(parseCacheLocation('cache-to', 'type=gha,mode=min,scope=mine,timeout=2m,mounts=500mb', '/')).toEqual({
      type: 'gha',
      scope: 'mine',
      mode: 'min',
      timeoutMs: 120_000,
      mountBudget: 500 * 1024 ** 2,
    });
    expect(parseCacheLocation('cache-to', 'type=gha,mounts=none', '/')).toMatchObject({ mountBudget: 0 });
    expect(() => parseCacheLocation('cache-to', 'type=gha,mounts=much', '/')).toThrow('mounts=SIZE');
    expect(() => parseCacheLocation('cache-to', 'type=gha,timeout=soon', '/')).toThrow('timeout=TIME');
    expect(() => parseCacheLocation('cache-to', 'type=s3,bucket=x', '/')).toThrow(
      'expected type=local, type=registry or type=gha',
    );
  });

  test('the scope of a build is its image or Dockerfile, its stage and its platforms', () => {
    const linux = { os: 'linux', architecture: 'amd64' };
    const request = (more: object) =>
      ({
        dockerfile: { text: '', name: 'Dockerfile', path: '/w/api/Dockerfile' },
        platforms: [linux],
        ...more,
      }) as never;
    expect(scopeOf(request({}), [], '/w')).toBe('api/Dockerfile linux/amd64');
    expect(scopeOf(request({}), [], '/other')).toBe('Dockerfile linux/amd64');
    expect(scopeOf(request({ target: 'test' }), ['ghcr.io/o/app:1.2'], '/w')).toBe('ghcr.io/o/app test linux/amd64');
    const both = [linux, { os: 'linux', architecture: 'arm64' }];
    expect(scopeOf(request({ platforms: both }), ['ghcr.io/o/app:2'], '/w')).toBe(
      'ghcr.io/o/app linux/amd64+linux/arm64',
    );
  });
});
