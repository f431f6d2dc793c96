/** `hybrid`: some controllers are mounted the old way, and a cgroup2 tree besides. `none`: no cgroups at all. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2' | 'none';
/** One mounted tree of cgroups. */
export interface Hierarchy {
    /** Where it is mounted. */
    folder: string;
    /** Where we ourselves are in it, seen from `folder`: `/` or `/user.slice/…`. */
    own: string;
}
/** What this machine has, as this process sees it. */
export interface CgroupHost {
    mode: CgroupMode;
    /** By controller: `memory`, `cpu`, … Co-mounted controllers share one object. */
    v1: ReadonlyMap<string, Hierarchy>;
    /** The cgroup2 tree; `controllers` are those that it can give (none that v1 has). */
    unified?: Hierarchy & {
        controllers: ReadonlySet<string>;
    };
}
/** Reads what is mounted. The result holds as long as nobody mounts cgroups anew. */
export declare function detectCgroups(): Promise<CgroupHost>;
interface MutableHost extends CgroupHost {
    v1: Map<string, Hierarchy>;
    unified?: Hierarchy & {
        controllers: ReadonlySet<string>;
    };
}
/** The text of /proc/self/mountinfo and our cgroups by controller (`''` is the cgroup2 one) → what there is. */
export declare function parseHost(mountinfo: string, own: ReadonlyMap<string, string>): MutableHost;
/** The cgroups of a process by controller; `''` is the cgroup2 one. Empty when it is gone. */
export declare function readOwn(pid: number | 'self'): Promise<Map<string, string>>;
export {};
