import type { Seccomp } from '../spec-linux.js';
/** What the helper loads: arguments of its `seccomp` record. */
export interface SeccompProgram {
    flags: number;
    bytes: Buffer;
}
/**
 * The compiled program of a profile. Compiling costs milliseconds, so equal profiles are compiled once a process and,
 * where a folder is given (ours alone, on a file system that a boot empties), once a boot.
 */
export declare function seccompProgram(seccomp: Seccomp, machine?: string, folder?: string): SeccompProgram;
