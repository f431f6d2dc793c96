import { type CgroupHost } from './cgroup/host.js';
import type { Helper, HelperRecord } from './helper.js';
import type { ContainerRequest, Detached, DetachFiles, ExecTarget, ProcessIo, Running, RuntimeFeatures } from './runtime-types.js';
import { type Process, type Spec } from './spec.js';
export interface RuntimeOptions {
    helper: Helper;
    /** Empty folders to mount on live here; nothing of it outlasts a boot. */
    runFolder: string;
    /** Limits and capabilities that cannot be given are errors instead of warnings. */
    strict?: boolean;
    onWarning?(message: string): void;
}
/** Starts containers and processes in them. Every container is described by an OCI configuration. */
export declare class Runtime {
    #private;
    constructor(options: RuntimeOptions);
    /** Makes a container and starts its program. Aborting kills everything in it. */
    run(request: ContainerRequest, io: ProcessIo, options?: {
        signal?: AbortSignal;
    }): Promise<Running>;
    /** Starts a process in a running container: joins its namespaces and cgroups. */
    exec(target: ExecTarget, process: Process, io: ProcessIo, options?: {
        signal?: AbortSignal;
    }): Promise<Running>;
    /** Records of `exec` without those of the streams. */
    execRecords(target: ExecTarget, process: Process): Promise<HelperRecord[]>;
    /** Starts a container that outlives us: a monitor of its own keeps its log, its exit report and its terminal. */
    detach(request: ContainerRequest, files: DetachFiles): Promise<Detached>;
    /** Makes ready what a container of this kind will need, so that its start finds it: cgroups looked at, the filter compiled. */
    expect(spec: Spec): Promise<void>;
    features(): RuntimeFeatures;
    /** The machine's cgroups, looked at once. */
    cgroups(): Promise<CgroupHost>;
}
