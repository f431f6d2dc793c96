import type { Seccomp, SeccompArg } from '../spec-linux.js';
import { type Architecture } from './architectures.js';
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
/** Rules by number for each convention that the config lists (default: the machine's own). */
export declare function planSeccomp(seccomp: Seccomp, machine: string): ArchitecturePlan[];
