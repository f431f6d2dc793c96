/** Mount options of fstab's kind → what the helper's `mount` record wants. */
import type { HelperRecord } from './helper.js';
import type { Mount } from './spec.js';
export declare const MS_RDONLY = 1;
export declare const MS_NOSUID = 2;
export declare const MS_NODEV = 4;
export declare const MS_NOEXEC = 8;
export declare const MS_REMOUNT = 32;
export declare const MS_BIND = 4096;
export declare const MS_REC = 16384;
export declare const MS_UNBINDABLE = 131072;
export declare const MS_PRIVATE = 262144;
export declare const MS_SLAVE = 524288;
export declare const MS_SHARED = 1048576;
/** Every option that is not handed to the file system, for `features`. */
export declare const MOUNT_OPTIONS: readonly string[];
export interface MountFlags {
    flags: number;
    propagation: number;
    recursiveSet: number;
    recursiveClear: number;
    /** What the file system itself is told: `mode=755,size=64m`. */
    data: string;
    /** Words for the helper. */
    words: string[];
}
/** Later options win over earlier ones, as with mount(8). What is no known option is data for the file system. */
export declare function parseMountOptions(options: readonly string[] | undefined): MountFlags;
/** Propagation of a container's root mount (`linux.rootfsPropagation`); undefined for a word that means none. */
export declare function propagationFlags(word: string): number | undefined;
/** True when a mount's source is a path of the host: bind mounts by type or by option. */
export declare function isBind(mount: Mount): boolean;
/** The helper's `mount` record. `source` as the helper shall open it; `extra` words after those of the options. */
export declare function mountRecord(type: string, source: string, destination: string, options: MountFlags, extra: readonly string[]): HelperRecord;
