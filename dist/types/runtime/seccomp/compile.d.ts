import type { Seccomp } from '../spec-linux.js';
import { type Instruction } from './bpf.js';
/** The program for `machine` (as in `process.arch`). */
export declare function compileSeccomp(seccomp: Seccomp, machine: string): Instruction[];
