import type { DeviceRule } from '../spec-linux.js';
import type { CgroupWrite } from './writes.js';
/** A rule with everything said. */
export interface FullDeviceRule {
    allow: boolean;
    type: 'a' | 'b' | 'c';
    /** -1: every number. */
    major: number;
    minor: number;
    access: string;
}
/** The config's rules with defaults filled in, behind "deny everything" and before what every container needs. Later rules win. */
export declare function deviceRules(rules: readonly DeviceRule[] | undefined): FullDeviceRule[];
/** Rules as v1's devices.allow and devices.deny take them, one a write. */
export declare function deviceLinesV1(rules: readonly DeviceRule[] | undefined): CgroupWrite[];
