/**
 * Device rules as an eBPF program of type CGROUP_DEVICE. Its context is { u32 access_type; u32 major; u32 minor }:
 * access_type holds the node's type in the low half (1 block, 2 character) and what is wanted in the high half
 * (1 mknod, 2 read, 4 write). 1 allows, 0 refuses.
 *
 * The last rule that speaks of a wanted bit decides on it. So rules are asked from the last to the first: one that
 * allows takes its bits off what is still wanted, one that denies and meets a wanted bit ends it.
 */
import type { DeviceRule } from '../spec-linux.ts';
import { deviceRules, type FullDeviceRule } from './devices.ts';

const RESULT = 0;
const CONTEXT = 1;
const TYPE = 2;
const WANTED = 3;
const MAJOR = 4;
const MINOR = 5;

const MOVE = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
const COPY = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
const AND = 0x57; // BPF_ALU64 | BPF_AND | BPF_K
const SHIFT_RIGHT = 0x77;
const LOAD = 0x61; // BPF_LDX | BPF_MEM | BPF_W
const JUMP_NOT_EQUAL = 0x55;
const JUMP_IF_BITS = 0x45;
const EXIT = 0x95;

const bits: Record<string, number> = { m: 1, r: 2, w: 4 };

/** Bytes of `struct bpf_insn[]`. */
export function deviceProgram(rules: readonly DeviceRule[] | undefined): Buffer {
  const code: Buffer[] = [
    instruction(LOAD, TYPE, CONTEXT, 0, 0),
    instruction(COPY, WANTED, TYPE, 0, 0),
    instruction(AND, TYPE, 0, 0, 0xffff),
    instruction(SHIFT_RIGHT, WANTED, 0, 0, 16),
    instruction(LOAD, MAJOR, CONTEXT, 4, 0),
    instruction(LOAD, MINOR, CONTEXT, 8, 0),
  ];
  for (const rule of deviceRules(rules).reverse()) {
    code.push(...ruleCode(rule));
    if (matchesAll(rule)) break;
  }
  code.push(instruction(MOVE, RESULT, 0, 0, 0), instruction(EXIT, 0, 0, 0, 0));
  return Buffer.concat(code);
}

function matchesAll(rule: FullDeviceRule): boolean {
  return rule.type === 'a' && rule.major < 0 && rule.minor < 0 && accessBits(rule) === 7;
}

function ruleCode(rule: FullDeviceRule): Buffer[] {
  const access = accessBits(rule);
  // What is done when type and numbers match; then tests in front of it that jump behind it.
  const deed = rule.allow
    ? [
        instruction(AND, WANTED, 0, 0, 7 & ~access),
        instruction(JUMP_NOT_EQUAL, WANTED, 0, 2, 0),
        instruction(MOVE, RESULT, 0, 0, 1),
        instruction(EXIT, 0, 0, 0, 0),
      ]
    : [
        instruction(JUMP_IF_BITS, WANTED, 0, 1, access),
        instruction(0x05, 0, 0, 2, 0), // BPF_JMP | BPF_JA: nothing of this rule is wanted
        instruction(MOVE, RESULT, 0, 0, 0),
        instruction(EXIT, 0, 0, 0, 0),
      ];
  const tests: [register: number, value: number][] = [];
  if (rule.type !== 'a') tests.push([TYPE, rule.type === 'b' ? 1 : 2]);
  if (rule.major >= 0) tests.push([MAJOR, rule.major]);
  if (rule.minor >= 0) tests.push([MINOR, rule.minor]);
  const before = tests.map(([register, value], i) =>
    instruction(JUMP_NOT_EQUAL, register, 0, tests.length - i - 1 + deed.length, value),
  );
  return [...before, ...deed];
}

function accessBits(rule: FullDeviceRule): number {
  return [...rule.access].reduce((sum, letter) => sum | (bits[letter] ?? 0), 0);
}

function instruction(code: number, destination: number, source: number, offset: number, immediate: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(destination | (source << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate | 0, 4);
  return bytes;
}
