import type { ContainerStore } from './container-store.js';
/** Says that this process removes a container of `--rm` itself. */
export declare function promiseRemoval(store: ContainerStore, id: string): Promise<void>;
/** True while somebody lives who said so. */
export declare function hasRemover(store: ContainerStore, id: string): Promise<boolean>;
