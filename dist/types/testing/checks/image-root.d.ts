import type { ContainerBase } from '../../container/create.js';
import type { ContainerServices } from '../../container/services.js';
import { Tree } from '../../layer/tree.js';
/** Looks at an image's root file system: unpacked, nothing runs in it, and nothing outside can be reached from it. */
export declare function withImageRoot<T>({ snapshots, helper }: ContainerServices, base: ContainerBase, look: (root: Tree) => Promise<T>): Promise<T>;
