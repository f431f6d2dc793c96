import { type CgroupHost } from './host.js';
/** The folders of one container's cgroup: one in the cgroup2 tree, one a v1 hierarchy. Plain data, so that it can be kept. */
export interface CgroupPaths {
    unified?: string;
    /** By controller. */
    v1: Record<string, string>;
}
/** Every folder once. */
export declare function cgroupFolders(paths: CgroupPaths): string[];
/** The folder that controls `controller`: v1's where that has it, else the cgroup2 one. */
export declare function controllerFolder(host: CgroupHost, paths: CgroupPaths, controller: string): string | undefined;
/**
 * `linux.cgroupsPath` → folders. An absolute path counts from the tree's root, a relative one from our own cgroup.
 * `controllers` limits the v1 hierarchies that are used; those without a controller are called `name=systemd`.
 */
export declare function cgroupPaths(host: CgroupHost, path: string, controllers: (name: string) => boolean, unified?: boolean): CgroupPaths;
/** Where a running process is now. Hierarchies in which it is where we are (or in the root) are left out: those are not its own. */
export declare function cgroupPathsOf(host: CgroupHost, pid: number): Promise<CgroupPaths>;
