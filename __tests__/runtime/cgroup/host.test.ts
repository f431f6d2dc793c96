import { describe, expect, test } from '@jest/globals';
import { parseHost } from '../../../src/runtime/cgroup/host.ts';
import { cgroupPaths, controllerFolder } from '../../../src/runtime/cgroup/paths.ts';

const V2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const HYBRID = [
  '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
  '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
].join('\n');

describe('what is mounted', () => {
  test('is v2, hybrid, v1 or nothing', () => {
    expect(parseHost(V2, new Map([['', '/user.slice']]))).toMatchObject({
      mode: 'v2',
      unified: { folder: '/sys/fs/cgroup', own: '/user.slice' },
    });
    const own = new Map([
      ['cpu', '/'],
      ['cpuacct', '/'],
      ['memory', '/a/b'],
      ['name=systemd', '/'],
      ['', '/'],
    ]);
    const hybrid = parseHost(HYBRID, own);
    expect(hybrid.mode).toBe('hybrid');
    expect(hybrid.v1.get('cpu')).toBe(hybrid.v1.get('cpuacct'));
    expect(hybrid.v1.get('memory')).toEqual({ folder: '/sys/fs/cgroup/memory', own: '/a/b' });
    expect(parseHost(HYBRID.split('\n').slice(0, 4).join('\n'), own).mode).toBe('v1');
    expect(parseHost('', own).mode).toBe('none');
  });

  test('may show a part of the tree only, as in a container', () => {
    const line = '35 31 0:32 /docker/x /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory';
    expect(parseHost(line, new Map([['memory', '/docker/x/sub']])).v1.get('memory')!.own).toBe('/sub');
    expect(parseHost(line, new Map([['memory', '/docker/x']])).v1.get('memory')!.own).toBe('/');
  });
});

describe('linux.cgroupsPath', () => {
  const host = parseHost(
    HYBRID,
    new Map([
      ['cpu', '/'],
      ['cpuacct', '/'],
      ['memory', '/a'],
      ['', '/u'],
    ]),
  );
  const all = (): boolean => true;

  test('counts from the root when absolute, and from our own cgroup when relative', () => {
    expect(cgroupPaths(host, '/p/c', all)).toEqual({
      v1: {
        cpu: '/sys/fs/cgroup/cpu,cpuacct/p/c',
        cpuacct: '/sys/fs/cgroup/cpu,cpuacct/p/c',
        memory: '/sys/fs/cgroup/memory/p/c',
      },
      unified: '/sys/fs/cgroup/unified/p/c',
    });
    expect(cgroupPaths(host, 'c', all)).toMatchObject({
      v1: { memory: '/sys/fs/cgroup/memory/a/c' },
      unified: '/sys/fs/cgroup/unified/u/c',
    });
  });

  test('uses v1 where it has the controller', () => {
    const paths = cgroupPaths(host, '/c', all);
    const withHugetlb = { ...host, unified: { ...host.unified!, controllers: new Set(['hugetlb']) } };
    expect(controllerFolder(withHugetlb, paths, 'memory')).toBe('/sys/fs/cgroup/memory/c');
    expect(controllerFolder(withHugetlb, paths, 'hugetlb')).toBe('/sys/fs/cgroup/unified/c');
    expect(controllerFolder(withHugetlb, paths, 'pids')).toBeUndefined();
  });

  test('that climbs, is the root or is systemd’s is refused', () => {
    for (const bad of ['/a/../../x', '..', 'a/..'])
      expect(() => cgroupPaths(host, bad, all)).toThrow(/"\.\." is not allowed/);
    for (const bad of ['/', '', '.', '//']) expect(() => cgroupPaths(host, bad, all)).toThrow(/root cgroup/);
    expect(() => cgroupPaths(host, 'system.slice:docker:abc', all)).toThrow(/systemd/);
  });
});
