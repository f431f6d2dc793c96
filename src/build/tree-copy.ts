import { Tree } from '../layer/tree.ts';
import type { Provided } from './file-source.ts';
import type { StepContext } from './vertex.ts';

/** Copies what a source provides into an empty folder of ours: contents of a folder, or one file. */
export async function copyTree({ root, path, folder }: Provided, target: string, step: StepContext): Promise<void> {
  const tree = new Tree(step.services.helper, target, { sources: { from: root }, signal: step.signal });
  await tree.copyIn('from', path === '' ? '/' : path, '/', folder ? { contents: true } : {});
}
