import type { FlagValue } from './flags.js';
import type { MountFlag, Word } from './instruction.js';
import type { Mount } from './mount.js';
export type { BindMount, CacheMount, Mount, SecretMount, SshMount, TmpfsMount } from './mount.js';
/** Cuts a `--mount` value at its commas, as CSV: a field may stand in double quotes. */
export declare function parseMountFlag(value: FlagValue): MountFlag;
/** How a mount is read. */
export interface MountOptions {
    /** WORKDIR in force, for relative targets. */
    workdir?: string;
    /** Check only: values still hold variables. */
    unexpanded?: boolean;
}
/** Reads the fields with variables expanded. */
export declare function resolveMount(flag: MountFlag, expand: (word: Word) => string, options?: MountOptions): Mount;
