import { describe, expect, test } from '@jest/globals';
import { commandLine, containerSpec, mergeEnv, type SpecOptions } from '../../src/container/spec.ts';
import type { ImageConfig } from '../../src/oci/image-config.ts';
import { DEFAULT_CAPABILITIES } from '../../src/runtime/capabilities.ts';

const config: ImageConfig = {
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [] },
  config: { Env: ['A=image', 'B=image'], WorkingDir: '/srv', Entrypoint: ['/entry'], Cmd: ['default'] },
};

const spec = (options: Partial<SpecOptions> = {}) =>
  containerSpec(config, { args: ['true'], user: { uid: 0, gid: 0 }, network: 'none', ...options });

describe('the specification of a container', () => {
  test('has Docker’s fourteen capabilities, none inheritable or ambient', () => {
    const caps = spec().process!.capabilities!;
    expect(caps.bounding).toEqual(DEFAULT_CAPABILITIES);
    expect([caps.inheritable, caps.ambient]).toEqual([[], []]);
  });

  test.each([
    [{ capAdd: ['net_admin'] }, [...DEFAULT_CAPABILITIES, 'CAP_NET_ADMIN']],
    [{ capDrop: ['ALL'] }, []],
    [{ capDrop: ['all'], capAdd: ['CHOWN'] }, ['CAP_CHOWN']],
    [{ capDrop: ['CAP_CHOWN'] }, DEFAULT_CAPABILITIES.filter((c) => c !== 'CAP_CHOWN')],
  ])('%j gives its capabilities', (options, expected) => {
    expect(spec(options).process!.capabilities!.effective).toEqual(expected);
  });

  test('all capabilities but some', () => {
    const caps = spec({ capAdd: ['ALL'], capDrop: ['SYS_ADMIN'] }).process!.capabilities!.effective!;
    expect([caps.includes('CAP_SYS_MODULE'), caps.includes('CAP_SYS_ADMIN')]).toEqual([true, false]);
  });

  test('a capability that does not exist is named with the one that was meant', () => {
    expect(() => spec({ capAdd: ['NET_ADMN'] })).toThrow('unknown capability "NET_ADMN" (did you mean CAP_NET_ADMIN?)');
  });

  test('hides kernel files, makes others read-only, and allows Docker’s devices', () => {
    const linux = spec().linux!;
    expect(linux.maskedPaths).toEqual(
      expect.arrayContaining([
        '/proc/kcore',
        '/proc/keys',
        '/proc/interrupts',
        '/sys/firmware',
        '/sys/devices/virtual/powercap',
      ]),
    );
    expect(linux.readonlyPaths).toEqual(['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']);
    expect(linux.resources!.devices![0]).toEqual({ allow: false, access: 'rwm' });
    expect(linux.seccomp?.defaultAction).toBe('SCMP_ACT_ERRNO');
  });

  test('privileged: everything, nothing hidden, no filter', () => {
    const { linux, process, mounts } = spec({ privileged: true });
    expect([linux!.maskedPaths, linux!.readonlyPaths, linux!.seccomp]).toEqual([[], [], undefined]);
    expect(process!.capabilities!.bounding).toContain('CAP_SYS_ADMIN');
    expect(mounts!.find((m) => m.destination === '/sys')!.options).toContain('rw');
    expect(linux!.resources!.devices).toEqual([{ allow: true, access: 'rwm' }]);
  });

  test('a container that may administer may mount: the filter depends on capabilities', () => {
    const mounts = (options: Partial<SpecOptions>) =>
      spec(options).linux!.seccomp!.syscalls!.some(
        (rule) => rule.action === 'SCMP_ACT_ALLOW' && rule.names.includes('mount'),
      );
    expect([mounts({}), mounts({ capAdd: ['SYS_ADMIN'] })]).toEqual([false, true]);
  });

  test('namespaces: its own, but for what it shares', () => {
    const types = (options: Partial<SpecOptions>) =>
      spec(options)
        .linux!.namespaces!.map((n) => n.type)
        .sort();
    expect(types({})).toEqual(['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts']);
    expect(types({ network: 'host', pid: 'host', ipc: 'host', uts: 'host', cgroupNamespace: 'host' })).toEqual([
      'mount',
    ]);
    expect(spec({ pid: { path: '/proc/9/ns/pid' } }).linux!.namespaces).toContainEqual({
      type: 'pid',
      path: '/proc/9/ns/pid',
    });
  });

  test('environment: defaults, the image’s, the user’s, HOME of the user', () => {
    const env = spec({ env: ['A=mine', 'B', 'C=3'], hostname: 'box', user: { uid: 5, gid: 5, home: '/home/five' } })
      .process!.env;
    expect(env).toEqual([
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=box',
      'A=mine',
      'C=3',
      'HOME=/home/five',
    ]);
    expect(spec({ env: ['HOME=/x'] }).process!.env).toContain('HOME=/x');
    expect(spec({ tty: true }).process!.env).toContain('TERM=xterm');
  });

  test('a mount of the user’s replaces the default at its place, parents come before children', () => {
    const own = [
      { destination: '/a/b', type: 'bind', source: '/x' },
      { destination: '/dev/shm', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/a', type: 'bind', source: '/y' },
    ];
    const places = spec({ mounts: own }).mounts!.map((m) => m.destination);
    expect(places.filter((p) => p === '/dev/shm')).toHaveLength(1);
    expect(places.indexOf('/a')).toBeLessThan(places.indexOf('/a/b'));
  });

  test('limits in the runtime’s words', () => {
    const { resources } = spec({ limits: { memory: 2 ** 29, cpus: 1.5, cpuShares: 512, pids: -1, cpusetCpus: '0-1' } })
      .linux!;
    expect(resources).toMatchObject({
      memory: { limit: 2 ** 29, swap: 2 ** 30 },
      cpu: { quota: 150_000, period: 100_000, shares: 512, cpus: '0-1' },
      pids: { limit: -1 },
    });
  });

  test.each([
    [{ memory: 100 }, /at least 6 MiB/],
    [{ memorySwap: 2 ** 30 }, /--memory is needed/],
    [{ memory: 2 ** 30, memorySwap: 2 ** 29 }, /cannot be less than --memory/],
    [{ cpus: 1, cpuQuota: 1 }, /give one/],
    [{ cpuShares: -5 }, /--cpu-shares: expected 2 or more, found -5/],
    [{ cpus: 100_000 }, /this machine has \d+ processors/],
  ])('limits that contradict are refused: %j', (limits, message) => {
    expect(() => spec({ limits })).toThrow(message);
  });

  test('the command: an entrypoint of the user’s drops the image’s CMD', () => {
    expect(commandLine(config, { command: [] })).toEqual(['/entry', 'default']);
    expect(commandLine(config, { command: ['x'] })).toEqual(['/entry', 'x']);
    expect(commandLine(config, { entrypoint: ['sh'], command: [] })).toEqual(['sh']);
    expect(commandLine(config, { entrypoint: [], command: ['x'] })).toEqual(['x']);
  });

  test('later variables replace earlier ones in place', () => {
    expect(mergeEnv(['A=1', 'B=2', 'C=3'], ['B=x', 'A', 'D='])).toEqual(['B=x', 'C=3', 'D=']);
  });
});
