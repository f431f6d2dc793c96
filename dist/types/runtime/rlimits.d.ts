export declare const RLIMIT_NAMES: readonly string[];
export declare function rlimitNumber(name: string): number | undefined;
/** As in `--ulimit`: nofile, nproc, … */
export declare function rlimitName(number: number): string;
/** The kernel's number for a limit: -1 and what JSON cannot hold exactly are "no limit". */
export declare function rlimitValue(value: number): bigint;
