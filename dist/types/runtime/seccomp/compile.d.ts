import type { Seccomp, SeccompArg } from '../spec-linux.js';
import { type Architecture } from './architectures.js';
import { type Instruction } from './bpf.js';
/** What one call does: the rules that look at arguments, in order, and what is done when none holds. */
export interface CallPlan {
    conditional: {
        args: readonly SeccompArg[];
        action: number;
    }[];
    otherwise: number;
}
/** The filter of one calling convention, before it is code. */
export interface ArchitecturePlan {
    architecture: Architecture;
    calls: Map<number, CallPlan>;
    /** Numbers above this get `newer`. */
    newest: number;
    newer: number;
    default: number;
}
/** The program for `machine` (as in `process.arch`). */
export declare function compileSeccomp(seccomp: Seccomp, machine: string): Instruction[];
