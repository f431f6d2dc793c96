import { describe, expect, test } from '@jest/globals';
import { deviceProgram } from '../../../src/runtime/cgroup/device-program.ts';
import { deviceLinesV1, deviceRules } from '../../../src/runtime/cgroup/devices.ts';
import type { DeviceRule } from '../../../src/runtime/spec-linux.ts';
import { randomNumbers, runDeviceProgram } from '../bpf-machine.ts';

/** Docker's rules. */
const docker: DeviceRule[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 5, access: 'rwm' },
  { allow: true, type: 'c', major: 5, minor: 1, access: 'rwm' },
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];

/** The last rule that speaks of a bit decides on it. */
function naive(rules: readonly DeviceRule[], type: 'b' | 'c', access: string, major: number, minor: number): boolean {
  return [...access].every((letter) => {
    const rule = deviceRules(rules).findLast(
      (r) =>
        (r.type === 'a' || r.type === type) &&
        (r.major < 0 || r.major === major) &&
        (r.minor < 0 || r.minor === minor) &&
        r.access.includes(letter),
    );
    return rule?.allow ?? false;
  });
}

describe('the device program for cgroup v2', () => {
  test('lets a container use its own nodes and make any, and no disk of the host', () => {
    const program = deviceProgram(docker);
    expect(runDeviceProgram(program, 'c', 'rw', 1, 3)).toBe(true);
    expect(runDeviceProgram(program, 'c', 'rw', 136, 7)).toBe(true);
    expect(runDeviceProgram(program, 'b', 'm', 8, 0)).toBe(true);
    expect(runDeviceProgram(program, 'b', 'r', 8, 0)).toBe(false);
    expect(runDeviceProgram(program, 'c', 'w', 1, 1)).toBe(false);
    expect(runDeviceProgram(program, 'c', 'rw', 10, 229)).toBe(false);
  });

  test('allows everything to a privileged container', () => {
    const program = deviceProgram([{ allow: true, access: 'rwm' }]);
    expect(runDeviceProgram(program, 'b', 'rwm', 8, 0)).toBe(true);
  });

  test('agrees with a naive reading of random rules', () => {
    const random = randomNumbers(7);
    const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
    const accesses = ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'];
    for (let round = 0; round < 300; round++) {
      const rules = Array.from(
        { length: random(12) },
        (): DeviceRule => ({
          allow: random(2) === 0,
          type: pick(['a', 'b', 'c']),
          major: pick([-1, 1, 2, 8, 136]),
          minor: pick([-1, 0, 1, 3, 16]),
          access: pick(accesses),
        }),
      );
      const program = deviceProgram(rules);
      for (let i = 0; i < 60; i++) {
        const [type, access] = [pick(['b', 'c'] as const), pick(accesses)];
        const [major, minor] = [pick([1, 2, 8, 136, 5]), pick([0, 1, 3, 16, 2])];
        expect(runDeviceProgram(program, type, access, major, minor)).toBe(naive(rules, type, access, major, minor));
      }
    }
  });
});

test('v1 gets one line a rule, beginning with everything denied', () => {
  const lines = deviceLinesV1(docker).map((write) => `${write.file} ${write.value}`);
  expect(lines.slice(0, 4)).toEqual([
    'devices.deny a',
    'devices.allow c 1:5 rwm',
    'devices.allow c 5:1 rwm',
    'devices.deny c 10:229 rwm',
  ]);
  expect(lines).toContain('devices.allow c 136:* rwm');
  expect(deviceLinesV1(undefined)[0]!.value).toBe('a');
  expect(deviceLinesV1([{ allow: true }]).map((write) => `${write.file} ${write.value}`)).toEqual(['devices.allow a']);
});
