import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { qemuMissing, runInQemu } from '../helpers/qemu.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The facts that the driver writes, as far as single values are looked at. */
interface Found {
  [fact: string]: unknown;
  oom: { child: Ran };
  living: {
    stats: { PIDs: string };
    top: string;
    executed: string;
    ps: string;
    state: { MemoryPeak?: number; CpuUsec: number };
  };
  apparmor: { enabled: string; unconfined: Ran; unknown: Ran };
  'host cgroup namespace': Ran;
  parent: Ran;
}

const missing = qemuMissing();
const describeHere = missing === undefined ? describe : describe.skip;

describeHere(`the container commands with cgroup v2${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let found: Found;

  beforeAll(async () => {
    const lines = await runInQemu(join(import.meta.dirname, 'cgroup-v2-driver.ts'));
    found = Object.fromEntries(lines.map((line) => [line.name, line.value])) as unknown as Found;
  }, 250_000);

  test('every flag of a limit becomes what the kernel has for it', () => {
    const files = ['67108864', '0', '33554432', '50000 100000', '174', '30', '1', '1', '0::/'];
    expect(found.limits).toEqual({ code: 0, stdout: files.join('\n'), stderr: '' });
  });

  test('a container that was killed for memory says so; one that lost a child goes on', () => {
    expect(found.oom).toMatchObject({ code: '137', oomKilled: true, exitCode: 137, foreground: { code: 137 } });
    expect(found.oom.child).toMatchObject({ code: 0, stdout: 'alive' });
  });

  test('stats, top and exec see the container', () => {
    expect(found.living.stats).toMatchObject({ Name: 'one', MemUsage: expect.stringMatching(/ \/ 128MiB$/) });
    expect(Number(found.living.stats.PIDs)).toBeGreaterThanOrEqual(3);
    expect(found.living.top).toContain('sleep 1000');
    expect(found.living.executed).toBe('0::/');
  });

  test('pause freezes it, exec and ps know, stop ends it all the same', () => {
    expect(found.living).toMatchObject({ frozen: true, paused: 'paused', intoPaused: { code: 125 } });
    expect(found.living.ps).toMatch(/\(Paused\)$/);
    expect(found.living).toMatchObject({
      stopped: { code: 0 },
      state: { Status: 'exited', ExitCode: 137 },
      left: false,
    });
    expect(found.living.state.MemoryPeak ?? 1).toBeGreaterThan(0);
    expect(found.living.state.CpuUsec).toBeGreaterThan(0);
  });

  test('update changes what runs and what is started later', () => {
    expect(found.living).toMatchObject({
      updated: { code: 0, stdout: 'one\n', stderr: '' },
      files: [String(96 * 2 ** 20), '25000 100000', '44'],
      kept: 96 * 2 ** 20,
      again: String(96 * 2 ** 20),
    });
  });

  test('devices that were not given cannot be opened, whoever made the node', () => {
    expect(found.devices).toEqual({
      denied: 'denied',
      given: 'open',
      rule: 'open',
      privileged: 'open',
      ordinary: 'open',
    });
  });

  test('system info says what there is', () => {
    expect(found.info).toMatchObject({ CgroupVersion: '2', CgroupMode: 'v2', NCPU: 2, Rootless: false });
    const { SecurityOptions } = found.info as { SecurityOptions: string[] };
    expect(SecurityOptions.includes('apparmor')).toBe(found.apparmor.enabled === 'Y');
  });

  test('an AppArmor profile that is not loaded is an error, unconfined is not', () => {
    if (found.apparmor.enabled !== 'Y') return expect(found.apparmor.unconfined.code).toBe(0);
    expect(found.apparmor.unconfined).toEqual({ code: 0, stdout: 'unconfined', stderr: '' });
    expect(found.apparmor.unknown.code).toBe(125);
    expect(found.apparmor.unknown.stderr).toContain('AppArmor profile no-such-profile: not loaded?');
  });

  test('the host’s cgroup namespace and another parent can be had', () => {
    expect(found['host cgroup namespace'].stdout).toMatch(/^0::\/containerize-[0-9a-f]{64}$/);
    expect(found.parent.stdout).toMatch(/^0::\/mine\/[0-9a-f]{64}$/);
  });

  test('nothing is left, nor of the parent that had to be made', () => {
    expect(found.left).toEqual([]);
  });
});
