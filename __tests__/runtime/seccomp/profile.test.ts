import { describe, expect, test } from '@jest/globals';
import { parseProfile, resolveProfile } from '../../../src/runtime/seccomp/profile.ts';

const facts = { capabilities: ['CAP_SYS_TIME'], machine: 'x64', kernel: '5.10.0-8-amd64' };

describe('a seccomp profile in Docker’s format', () => {
  test('keeps the rules whose conditions hold', () => {
    const profile = parseProfile(
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ERRNO',
        archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
        syscalls: [
          { names: ['read'], action: 'SCMP_ACT_ALLOW', args: null, includes: {}, excludes: {} },
          { names: ['stime'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_TIME'] } },
          { names: ['reboot'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_BOOT'] } },
          { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38, excludes: { caps: ['CAP_SYS_TIME'] } },
          { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '5.11' } },
          { names: ['arch_prctl'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64'] } },
          { name: 'write', action: 'SCMP_ACT_ALLOW' },
        ],
      }),
      'p.json',
    );
    const seccomp = resolveProfile(profile, facts);
    expect(seccomp.syscalls!.flatMap((rule) => rule.names)).toEqual(['read', 'stime', 'arch_prctl', 'write']);
    expect(seccomp.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
  });

  test('says what is wrong and where', () => {
    const bad =
      (value: unknown): (() => unknown) =>
      () =>
        parseProfile(JSON.stringify(value), 'p.json');
    expect(() => parseProfile('{', 'p.json')).toThrow('p.json: the seccomp profile is not JSON');
    expect(bad({})).toThrow(/p\.json: defaultAction: expected a seccomp action/);
    expect(bad({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['x'], action: 'ALLOW' }] })).toThrow(
      /syscalls\[0\]\.action/,
    );
    expect(bad({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ action: 'SCMP_ACT_KILL' }] })).toThrow(
      /syscalls\[0\]\.names/,
    );
  });
});
