import type { Resources } from '../spec-linux.js';
import type { CgroupHost } from './host.js';
import { type CgroupPaths } from './paths.js';
import type { OnWarning } from './writes.js';
/** Changes a running container's limits. Device rules stay as they are. */
export declare function updateCgroup(host: CgroupHost, paths: CgroupPaths, resources: Resources, warn: OnWarning): Promise<void>;
