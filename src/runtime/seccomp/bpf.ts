/**
 * Classic BPF as seccomp runs it: 64-bit instructions over `struct seccomp_data`
 * { int nr; u32 arch; u64 instruction_pointer; u64 args[6] }.
 * Pieces of program are lists of instructions with relative jumps, so that they can be joined without labels.
 */
export interface Instruction {
  code: number;
  /** How many instructions to skip when the test holds, and when it does not; at most 255. */
  jt: number;
  jf: number;
  k: number;
}

/** The kernel's limit for one program. */
export const MAX_INSTRUCTIONS = 4096;

export const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
export const AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
export const JUMP = 0x05; // BPF_JMP | BPF_JA
export const JEQ = 0x15;
export const JGT = 0x25;
export const JGE = 0x35;
export const RETURN = 0x06;

export const OFFSET_NR = 0;
export const OFFSET_ARCH = 4;

/** Where the low half of an argument lies; the high half is 4 further (all our machines are little-endian). */
export function argumentOffset(index: number): number {
  return 16 + 8 * index;
}

export function op(code: number, k: number, jt = 0, jf = 0): Instruction {
  return { code, jt, jf, k: k >>> 0 };
}

/** The bytes of `struct sock_filter[]`, little-endian. */
export function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach((instruction, i) => {
    bytes.writeUInt16LE(instruction.code, i * 8);
    bytes.writeUInt8(instruction.jt, i * 8 + 2);
    bytes.writeUInt8(instruction.jf, i * 8 + 3);
    bytes.writeUInt32LE(instruction.k, i * 8 + 4);
  });
  return bytes;
}
