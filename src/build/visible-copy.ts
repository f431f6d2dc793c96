import { Tree } from '../layer/tree.ts';
import type { CopyEntry } from './context/entry.ts';
import type { BuildContext } from './context.ts';
import type { StepContext } from './vertex.ts';

/** Copies what an ignore file leaves visible of a folder, so that the rest cannot be seen through a bind mount. */
export async function copyVisible(context: BuildContext, entry: CopyEntry, step: StepContext): Promise<string> {
  const target = await step.scratch();
  const tree = new Tree(step.services.helper, target, { sources: { from: context.folder }, signal: step.signal });
  const copies: Promise<unknown>[] = [];
  for await (const found of context.tree(entry)) {
    const name = found.path.slice(entry.path.length).replace(/^\//, '');
    if (name !== '')
      copies.push(tree.copyIn('from', found.path, `/${name}`, { noRecurse: true, uid: found.uid, gid: found.gid }));
  }
  await Promise.all(copies);
  return target;
}
