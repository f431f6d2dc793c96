import { Tree } from '../layer/tree.ts';
import type { CopyOptions } from '../layer/tree-types.ts';
import type { CopyEntry } from './context/entry.ts';
import type { BuildContext } from './context.ts';
import type { StepContext } from './vertex.ts';

/** Copies that go to one run of the helper: what it is told has a limit. */
const BATCH = 10_000;

/** Copies what an ignore file leaves visible of a folder, so that the rest cannot be seen through a bind mount. */
export async function copyVisible(context: BuildContext, entry: CopyEntry, step: StepContext): Promise<string> {
  const target = await step.scratch();
  const tree = new Tree(step.services.helper, target, { sources: { from: context.folder }, signal: step.signal });
  let copies: (readonly [from: string, to: string, options: CopyOptions])[] = [];
  // Begun in one turn they are one batch, in which folders come before what they hold; batches run side by side. All of
  // them have ended before an error is thrown, because the folder is removed then.
  const copy = async (): Promise<void> => {
    const begun = await Promise.allSettled(copies.map((operation) => tree.copyIn('from', ...operation)));
    copies = [];
    for (const end of begun) if (end.status === 'rejected') throw end.reason;
  };
  for await (const found of context.tree(entry)) {
    const name = found.path.slice(entry.path.length).replace(/^\//, '');
    if (name === '') continue;
    copies.push([found.path, `/${name}`, { noRecurse: true, uid: found.uid, gid: found.gid }]);
    if (copies.length >= BATCH) await copy();
  }
  await copy();
  return target;
}
