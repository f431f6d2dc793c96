import type { ContainerBase } from '../../container/create.ts';
import type { ContainerServices } from '../../container/services.ts';
import { Tree } from '../../layer/tree.ts';

/** Looks at an image's root file system: unpacked, nothing runs in it, and nothing outside can be reached from it. */
export async function withImageRoot<T>(
  { snapshots, helper }: ContainerServices,
  base: ContainerBase,
  look: (root: Tree) => Promise<T>,
): Promise<T> {
  const chain = await snapshots.unpack(base.loaded.layers, base.content);
  const { overlay } = await snapshots.view(chain);
  try {
    return await look(new Tree(helper, overlay));
  } finally {
    if (chain !== undefined) await snapshots.release(chain);
  }
}
