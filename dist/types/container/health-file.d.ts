import type { ContainerStore } from './container-store.js';
import type { HealthState } from './record.js';
/** What the last checks found; undefined when nobody checks. */
export declare function readHealth(store: ContainerStore, id: string): Promise<HealthState | undefined>;
/** Held by the process that checks. */
export declare function watcherLock(store: ContainerStore, id: string): string;
/** Whether somebody checks; one that has just been started may not have come so far. */
export declare function isWatched(store: ContainerStore, id: string): boolean;
/** Before a start: what was found of an earlier run says nothing. */
export declare function resetHealth(store: ContainerStore, id: string, checked: boolean): Promise<void>;
