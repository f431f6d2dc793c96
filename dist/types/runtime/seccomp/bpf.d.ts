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
export declare const MAX_INSTRUCTIONS = 4096;
export declare const LOAD = 32;
export declare const AND = 84;
export declare const JUMP = 5;
export declare const JEQ = 21;
export declare const JGT = 37;
export declare const JGE = 53;
export declare const RETURN = 6;
export declare const OFFSET_NR = 0;
export declare const OFFSET_ARCH = 4;
/** Where the low half of an argument lies; the high half is 4 further (all our machines are little-endian). */
export declare function argumentOffset(index: number): number;
export declare function op(code: number, k: number, jt?: number, jf?: number): Instruction;
/** The bytes of `struct sock_filter[]`, little-endian. */
export declare function encode(program: readonly Instruction[]): Buffer;
