import type { SeccompAction } from '../spec-linux.js';
export declare const ACTION_NAMES: SeccompAction[];
export declare const KILL_PROCESS: number;
/** ERRNO(ENOSYS): the answer that makes C libraries fall back to an older call. */
export declare const NOT_IMPLEMENTED: number;
/** The kernel's SECCOMP_RET_… value. ERRNO and TRACE carry a number, EPERM when the config gives none; others take none. */
export declare function actionValue(action: SeccompAction, errno: number | undefined): number;
export declare const FLAG_NAMES: string[];
/** The flags of the seccomp(2) call. TSYNC is left out: one thread is all there is when the filter is set. */
export declare function filterFlags(names: readonly string[] | undefined): number;
