import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { encodeRecords, type HelperRecord, type HelperReport } from '../../src/runtime/helper.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const emulator = ['/usr/bin/qemu-aarch64-static', '/usr/bin/qemu-aarch64'].find((path) => existsSync(path));
const helper = join(import.meta.dirname, '../../dist/helper/linux-arm64/containerize-helper');
const scratch = await scratchFolder('arm64');

/** What the arm64 helper reports, and which instructions of it were executed. */
function runArm(records: readonly HelperRecord[]): { reports: HelperReport[]; code: string; status: number | null } {
  const [config, report, code] = ['config', 'report', 'code'].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(config, encodeRecords(records));
  const fds = [openSync(config, 'r'), openSync(report, 'w')];
  try {
    const { status } = spawnSync(
      emulator!,
      ['-cpu', 'max', '-d', 'in_asm', '-D', code, helper, 'tree', '--config', '3', '--report', '4'],
      { stdio: ['ignore', 'ignore', 'inherit', ...fds] },
    );
    const reports = readFileSync(report, 'utf8').split('\n').filter(Boolean);
    return { status, reports: reports.map((line) => JSON.parse(line)), code: readFileSync(code, 'utf8') };
  } finally {
    fds.forEach((fd) => void closeSync(fd));
  }
}

(emulator === undefined ? describe.skip : describe)(
  `the arm64 helper${emulator === undefined ? ' (qemu-aarch64 is not installed: apt-get install qemu-user-static)' : ''}`,
  () => {
    test('hashes with the crypto extension, to the same digests', () => {
      const root = join(scratch, 'root');
      mkdirSync(root);
      // Around the ends of a block and of its padding, and over many reads.
      const sizes = [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 4096, 300_007];
      const content = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
      for (const size of sizes) writeFileSync(join(root, String(size)), content(size));
      const { status, reports, code } = runArm([['root', root], ...sizes.map((s) => ['hash', String(s)] as const)]);
      expect(status).toBe(0);
      expect(reports.map(({ size, sha256 }) => [size, sha256])).toEqual(
        sizes.map((size) => [size, createHash('sha256').update(content(size)).digest('hex')]),
      );
      // Newer disassemblers name the instructions, older ones show their bits: 0101 1110 000 Rm 0 100|101 00 Rn Rd.
      const words = [...code.matchAll(/^0x[0-9a-f]+:\s+([0-9a-f]{8})\b/gm)].map((match) =>
        Number.parseInt(match[1]!, 16),
      );
      const executed = (bits: number) => words.some((word) => (word & 0xffe0fc00) >>> 0 === bits);
      expect({ sha256h: executed(0x5e004000), sha256h2: executed(0x5e005000) }).toEqual({
        sha256h: true,
        sha256h2: true,
      });
    });
  },
);
