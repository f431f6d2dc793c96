import type { OverlayMount } from '../runtime/overlay.js';
import type { ContainerRequest } from '../runtime/runtime-types.js';
import { type RootReader } from './account-files.js';
import type { ContainerStore } from './container-store.js';
import type { ContainerRecord } from './record.js';
export interface BundleOptions {
    overlay: OverlayMount;
    rootless: boolean;
    /** Reads a file of the root through the helper, when the layers alone do not tell. */
    readRoot: RootReader;
    consoleSize?: {
        rows: number;
        columns: number;
    } | undefined;
    /** Namespaces of other containers: `container:ID` → path. */
    namespacePath(id: string, kind: 'pid' | 'ipc' | 'net'): Promise<string>;
}
/** What the runtime needs to start a container: its record becomes a specification, its generated files are written. */
export declare function makeBundle(store: ContainerStore, record: ContainerRecord, bundle: BundleOptions): Promise<ContainerRequest>;
/** Below the cgroup root. */
export declare function cgroupPathOf(record: Pick<ContainerRecord, 'id' | 'options'>): string;
export declare function hostnameOf(record: Pick<ContainerRecord, 'id' | 'options'>): string;
