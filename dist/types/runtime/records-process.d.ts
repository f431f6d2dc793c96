import type { OnWarning } from './cgroup/writes.js';
import type { HelperRecord } from './helper.js';
import type { SeccompProgram } from './seccomp/program.js';
import type { Process } from './spec.js';
export interface ProcessContext {
    seccomp?: SeccompProgram | undefined;
    /** The process gets every capability in a user namespace of its own, whatever ours are. */
    newUserNamespace: boolean;
    /** Capabilities that we cannot give are an error instead of a warning. */
    strict: boolean;
    onWarning: OnWarning;
    /** `exec`: a working folder that is not there is an error; a container's first process gets it made. */
    cwdMustExist?: boolean;
    /** The new user namespace lets nobody set groups. */
    denySetgroups?: boolean;
}
export declare function processRecords(wanted: Process, context: ProcessContext): HelperRecord[];
