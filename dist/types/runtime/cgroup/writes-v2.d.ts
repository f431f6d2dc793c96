import type { Resources } from '../spec-linux.js';
import { type CgroupWrite, type OnWarning } from './writes.js';
/** linux.resources → files of cgroup v2. Device rules are a BPF program: see device-program.ts. */
export declare function writesV2(resources: Resources, warn: OnWarning): CgroupWrite[];
/** v1's 2…262144 onto v2's 1…10000 so that both defaults, 1024 and 100, meet. */
export declare function weightOfShares(shares: number): number;
/** v1's 10…1000 onto v2's 1…10000. */
export declare function ioWeight(weight: number): number;
