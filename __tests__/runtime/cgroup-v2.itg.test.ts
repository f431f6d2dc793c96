import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { qemuMissing, runInQemu } from '../helpers/qemu.ts';
import { runInUml, umlMissing } from '../helpers/uml.ts';

const DRIVER = join(import.meta.dirname, 'cgroup-v2-driver.ts');

const machines: [
  name: string,
  missing: string | undefined,
  boot: typeof runInUml,
  facts: { bpf: boolean; cpuset: boolean; swap: boolean },
][] = [
  ['User-Mode Linux', umlMissing(), runInUml, { bpf: false, cpuset: false, swap: false }],
  ['QEMU', qemuMissing(), runInQemu, { bpf: true, cpuset: true, swap: true }],
];

for (const [machine, missing, boot, facts] of machines) {
  const describeHere = missing === undefined ? describe : describe.skip;
  describeHere(`cgroup v2 alone, in ${machine}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let found: Record<string, unknown>;

    beforeAll(async () => {
      const lines = await boot(DRIVER);
      found = Object.fromEntries(lines.map((line) => [line.name, line.value]));
    }, 250_000);

    test('is seen, and a container has its own part of it, read-only', () => {
      expect(found.mode).toBe('v2');
      expect(found.plain).toMatchObject({ code: 3, stdout: 'out\n0::/\n1\n', cpu: true });
    });

    test('takes limits in its own units', () => {
      const common = { 'memory.max': '67108864', 'memory.low': '1048576', 'cpu.max': '50000 100000', 'pids.max': '20' };
      expect(found.files).toMatchObject({ ...common, 'cpu.weight': '174' });
      if (facts.swap) expect(found.files).toMatchObject({ 'memory.swap.max': '0' });
      expect(found.unified).toBe('33554432');
    });

    test('kills for memory and says so, and holds processes back', () => {
      expect(found.oom).toBe(true);
      expect(found.pids).toBe(true);
    });

    test('freezes, updates, counts and goes away', () => {
      expect(found.living).toMatchObject({
        frozen: true,
        updated: ['268435456', '44', '59'],
        stats: { pids: 3, limit: 268435456, usage: true },
        code: 137,
        left: false,
      });
      expect(found.left).toEqual([]);
    });

    test('kills every process of a container that shares the host’s pids', () => {
      expect(found.killed).toEqual({ code: 0, alive: [] });
    });

    test('works where we live in a cgroup with processes ourselves', () => {
      expect(found.nested).toEqual({ own: '/nest', pids: '31' });
    });

    test('belongs to the root of a user namespace when it is mounted writable, but for its limits', () => {
      expect(found.owned).toEqual({ writable: ['0::/below\n', true], readOnly: '' });
    });

    if (facts.bpf) {
      test('keeps devices away by a BPF program', () => {
        expect(found.devices).toEqual({ denied: true, stdout: '1' });
      });
    }

    if (facts.cpuset) {
      test('binds to CPUs', () => {
        expect(found.cpuset).toBe('0');
      });
    }
  });
}
