import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { architecture } from '../../../src/runtime/seccomp/architectures.ts';
import { encode } from '../../../src/runtime/seccomp/bpf.ts';
import { compileSeccomp } from '../../../src/runtime/seccomp/compile.ts';
import { DEFAULT_PROFILE } from '../../../src/runtime/seccomp/default-profile.ts';
import { resolveProfile } from '../../../src/runtime/seccomp/profile.ts';
import { seccompProgram } from '../../../src/runtime/seccomp/program.ts';
import type { Seccomp, SeccompAction, SeccompArg, SeccompRule } from '../../../src/runtime/spec-linux.ts';
import { makeScratch } from '../../helpers/make-scratch.ts';
import { checkProgram, randomNumbers, runSeccomp } from '../bpf-machine.ts';

const X86_64 = 0xc000003e;
const I386 = 0x40000003;
const AARCH64 = 0xc00000b7;
const X32 = 0x40000000;
const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const KILL_PROCESS = 0x80000000;

const numbersOf = (name: string): Map<string, number> => new Map(architecture(name)!.calls);
const x64 = numbersOf('SCMP_ARCH_X86_64');

function docker(capabilities: string[], machine = 'x64', kernel = '6.1.0'): Buffer {
  return encode(compileSeccomp(resolveProfile(DEFAULT_PROFILE, { capabilities, machine, kernel }), machine));
}

function call(program: Buffer, name: string, args: bigint[] = [], arch = X86_64, table = x64): number {
  return runSeccomp(program, { nr: table.get(name)!, arch, args });
}

/** What a rule's argument test means, said once more without any cleverness. */
function holds(arg: SeccompArg, args: readonly bigint[]): boolean {
  const [found, value] = [args[arg.index] ?? 0n, BigInt(arg.value)];
  if (arg.op === 'SCMP_CMP_EQ') return found === value;
  if (arg.op === 'SCMP_CMP_NE') return found !== value;
  if (arg.op === 'SCMP_CMP_LT') return found < value;
  if (arg.op === 'SCMP_CMP_LE') return found <= value;
  if (arg.op === 'SCMP_CMP_GT') return found > value;
  if (arg.op === 'SCMP_CMP_GE') return found >= value;
  return (found & value) === BigInt(arg.valueTwo ?? 0);
}

const returns: Partial<Record<SeccompAction, number>> = {
  SCMP_ACT_ALLOW: ALLOW,
  SCMP_ACT_ERRNO: EPERM,
  SCMP_ACT_KILL_PROCESS: KILL_PROCESS,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_TRACE: 0x7ff00001,
};

function naive(seccomp: Seccomp, table: ReadonlyMap<string, number>, nr: number, args: readonly bigint[]): number {
  const rules = (seccomp.syscalls ?? []).filter((rule) => rule.names.some((name) => table.get(name) === nr));
  const value = (rule: SeccompRule): number =>
    rule.action === 'SCMP_ACT_ERRNO' ? 0x50000 | (rule.errnoRet ?? 1) : returns[rule.action]!;
  const plain = rules.find((rule) => !rule.args?.length);
  if (plain) return value(plain);
  for (const rule of rules) {
    const repeated = new Set(rule.args!.map((arg) => arg.index)).size < rule.args!.length;
    if (repeated ? rule.args!.some((arg) => holds(arg, args)) : rule.args!.every((arg) => holds(arg, args)))
      return value(rule);
  }
  const named = seccomp.syscalls!.flatMap((rule) => rule.names.flatMap((name) => table.get(name) ?? []));
  const newest = Math.max(...named);
  const permissive = seccomp.defaultAction === 'SCMP_ACT_ALLOW' || seccomp.defaultAction === 'SCMP_ACT_LOG';
  if (nr > newest && !permissive) return ENOSYS;
  return returns[seccomp.defaultAction]!;
}

describe('the default profile', () => {
  test('allows everyday calls and refuses the dangerous ones', () => {
    const program = docker([]);
    checkProgram(program);
    for (const name of ['read', 'openat', 'execve', 'futex', 'clock_gettime', 'statx', 'landlock_restrict_self']) {
      expect([name, call(program, name)]).toEqual([name, ALLOW]);
    }
    const refused =
      'mount unshare setns bpf keyctl add_key request_key userfaultfd io_uring_setup kexec_load init_module reboot swapon open_by_handle_at perf_event_open fsopen pivot_root';
    for (const name of refused.split(' ')) expect([name, call(program, name)]).toEqual([name, EPERM]);
  });

  test('lets clone make threads but no namespaces, and says that clone3 does not exist', () => {
    const program = docker([]);
    expect(call(program, 'clone', [0x00010f00n])).toBe(ALLOW);
    for (const flag of [0x00020000n, 0x02000000n, 0x04000000n, 0x08000000n, 0x10000000n, 0x20000000n, 0x40000000n]) {
      expect(call(program, 'clone', [flag | 0x11n])).toBe(EPERM);
    }
    expect(call(program, 'clone3')).toBe(ENOSYS);
    const admin = docker(['CAP_SYS_ADMIN']);
    expect(call(admin, 'clone', [0x10000000n])).toBe(ALLOW);
    expect(call(admin, 'clone3')).toBe(ALLOW);
    expect(call(admin, 'mount')).toBe(ALLOW);
  });

  test('refuses sockets of AF_ALG and AF_VSOCK alone', () => {
    const program = docker([]);
    const family = (n: bigint): number => call(program, 'socket', [n]);
    expect([1n, 2n, 10n, 16n, 17n, 37n, 39n, 41n].map(family)).toEqual(new Array(8).fill(ALLOW));
    expect([38n, 40n].map(family)).toEqual([EPERM, EPERM]);
    // The high half counts too: this is no AF_UNIX.
    expect(family(0x1_0000_0026n)).toBe(ALLOW);
  });

  test('tells calls that are newer than the profile that they do not exist', () => {
    const program = docker([]);
    expect(runSeccomp(program, { nr: 600, arch: X86_64, args: [] })).toBe(ENOSYS);
    expect(runSeccomp(program, { nr: -1, arch: X86_64, args: [] })).toBe(ENOSYS);
  });

  test('covers i386 and x32 by their own numbers, and kills other conventions', () => {
    const program = docker([]);
    expect(call(program, 'read', [], I386, numbersOf('SCMP_ARCH_X86'))).toBe(ALLOW);
    expect(call(program, 'mount', [], I386, numbersOf('SCMP_ARCH_X86'))).toBe(EPERM);
    const x32 = numbersOf('SCMP_ARCH_X32');
    expect(x32.get('execve')).toBe(X32 + 520);
    expect(call(program, 'execve', [], X86_64, x32)).toBe(ALLOW);
    expect(call(program, 'ptrace', [], X86_64, x32)).toBe(ALLOW);
    expect(call(program, 'kexec_load', [], X86_64, x32)).toBe(EPERM);
    expect(runSeccomp(program, { nr: X32 + x64.get('kexec_load')!, arch: X86_64, args: [] })).toBe(EPERM);
    expect(runSeccomp(program, { nr: 63, arch: AARCH64, args: [] })).toBe(KILL_PROCESS);
    const arm = docker([], 'arm64');
    expect(call(arm, 'openat', [], AARCH64, numbersOf('SCMP_ARCH_AARCH64'))).toBe(ALLOW);
    expect(call(arm, 'set_tls', [], 0x40000028, numbersOf('SCMP_ARCH_ARM'))).toBe(ALLOW);
    expect(runSeccomp(arm, { nr: 0, arch: X86_64, args: [] })).toBe(KILL_PROCESS);
  });

  test('is small: the kernel translates every instruction at each start of a container', () => {
    expect(docker([]).length / 8).toBeLessThan(350);
  });

  test('opens calls with their capabilities and with the kernel', () => {
    expect(call(docker(['CAP_SYS_PTRACE']), 'kcmp')).toBe(ALLOW);
    expect(call(docker(['CAP_SYS_CHROOT']), 'chroot')).toBe(ALLOW);
    expect(call(docker([]), 'chroot')).toBe(EPERM);
    expect(call(docker([], 'x64', '4.7.9'), 'ptrace')).toBe(EPERM);
    expect(call(docker([], 'x64', '4.8.0'), 'ptrace')).toBe(ALLOW);
  });
});

describe('compiled filters', () => {
  const operators = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'MASKED_EQ'].map(
    (name) => `SCMP_CMP_${name}` as SeccompArg['op'],
  );
  const values = [
    0n,
    1n,
    5n,
    0x7fffffffn,
    0x80000000n,
    0xffffffffn,
    0x100000000n,
    0x100000005n,
    0x8000000000000000n,
    0xffffffffffffffffn,
  ];

  test('compare 64-bit arguments as they are, whatever the operator', () => {
    for (const op of operators) {
      for (const value of values) {
        const args: SeccompArg[] = [{ index: 3, value, valueTwo: value & 0x100000004n, op }];
        const seccomp: Seccomp = {
          defaultAction: 'SCMP_ACT_ERRNO',
          syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args }],
        };
        const program = encode(compileSeccomp(seccomp, 'x64'));
        checkProgram(program);
        for (const found of values) {
          const got = runSeccomp(program, { nr: 0, arch: X86_64, args: [9n, 9n, 9n, found] });
          expect([op, value, found, got]).toEqual([
            op,
            value,
            found,
            holds(args[0]!, [0n, 0n, 0n, found]) ? ALLOW : EPERM,
          ]);
        }
      }
    }
  });

  test('agree with a naive reading of the rules on many random profiles and calls', () => {
    const random = randomNumbers(20261120);
    const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
    const names = [...x64.keys()];
    const actions = Object.keys(returns) as SeccompAction[];
    for (let round = 0; round < 120; round++) {
      const rules = Array.from({ length: random(25) + 1 }, (): SeccompRule => {
        const args = Array.from({ length: random(4) }, (): SeccompArg => {
          const value = pick(values);
          return { index: random(6), value, valueTwo: pick(values) & value, op: pick(operators) };
        });
        const action = pick(actions);
        return {
          names: Array.from({ length: random(5) + 1 }, () => pick(names)),
          action,
          ...(action === 'SCMP_ACT_ERRNO' && { errnoRet: random(200) }),
          ...(args.length > 0 && { args }),
        };
      });
      const seccomp: Seccomp = {
        defaultAction: pick(actions),
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
        syscalls: rules,
      };
      const program = encode(compileSeccomp(seccomp, 'x64'));
      checkProgram(program);
      const named = rules.flatMap((rule) => rule.names);
      for (let i = 0; i < 250; i++) {
        const [arch, key] = pick([
          [X86_64, 'SCMP_ARCH_X86_64'],
          [I386, 'SCMP_ARCH_X86'],
          [X86_64, 'SCMP_ARCH_X32'],
        ] as const);
        const table = architecture(key)!.calls;
        const base = key === 'SCMP_ARCH_X32' ? X32 : 0;
        const nr = random(3) === 0 ? base + random(620) : (table.get(pick(named)) ?? base + random(620));
        const args = Array.from({ length: 6 }, () => pick(values));
        // What x32 shares with x86-64 does the same there.
        const shared = nr >= X32 && nr < X32 + 512;
        const expected = shared ? naive(seccomp, x64, nr - X32, args) : naive(seccomp, table, nr, args);
        expect(runSeccomp(program, { nr, arch, args })).toBe(expected);
      }
    }
  });

  test('stay within the kernel’s limit and say so when they cannot', () => {
    const program = docker(['CAP_SYS_CHROOT', 'CAP_SYS_PTRACE']);
    expect(program.length / 8).toBeLessThan(1200);
    const rules = [...x64.keys()].map(
      (name): SeccompRule => ({
        names: [name],
        action: 'SCMP_ACT_ALLOW',
        args: [0, 1, 2, 3, 4, 5].map((index) => ({ index, value: 7n, op: 'SCMP_CMP_EQ' })),
      }),
    );
    expect(() => compileSeccomp({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: rules }, 'x64')).toThrow(/at most 4096/);
  });

  test('refuse an errno where the action has none, unknown flags and bad numbers', () => {
    const bad =
      (seccomp: Seccomp): (() => unknown) =>
      () =>
        seccompProgram(seccomp, 'x64');
    expect(bad({ defaultAction: 'SCMP_ACT_KILL', defaultErrnoRet: 5 })).toThrow(/errnoRet goes with/);
    expect(bad({ defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_NO'] })).toThrow(/unknown seccomp flag/);
    expect(bad({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 5000 })).toThrow(/0 to 4095/);
  });

  test('are kept in a folder where one is given', () => {
    const folder = makeScratch('filters');
    try {
      const seccomp = (): Seccomp => ({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 77, syscalls: [] });
      const { bytes } = seccompProgram(seccomp(), 'arm64', folder);
      const [name] = readdirSync(folder);
      expect(readFileSync(join(folder, name!))).toEqual(bytes);
      expect(readdirSync(folder)).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('are compiled once for equal profiles', () => {
    const make = (): Seccomp => ({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
    });
    expect(seccompProgram(make(), 'x64')).toBe(seccompProgram(make(), 'x64'));
  });
});
