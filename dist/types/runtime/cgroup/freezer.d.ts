import type { CgroupPaths } from './paths.js';
/** Stops or continues every process of the container. Thaws again when freezing does not come to an end. */
export declare function freeze(paths: CgroupPaths, on: boolean): Promise<void>;
/** True when the container is paused. */
export declare function isFrozen(paths: CgroupPaths): Promise<boolean>;
