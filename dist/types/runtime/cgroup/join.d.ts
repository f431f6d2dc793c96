import type { CgroupHost } from './host.js';
import { type CgroupPaths } from './paths.js';
/**
 * Puts all processes of a running container into v1 hierarchies that it was not started in, because nothing of theirs
 * was limited then. Gives the paths with those; whoever asked has to remove the folders.
 */
export declare function joinControllers(host: CgroupHost, paths: CgroupPaths, path: string, controllers: readonly string[]): Promise<CgroupPaths>;
