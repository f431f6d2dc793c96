import { readAccountFiles } from '../../container/account-files.ts';
import { resolveUser } from '../../container/user.ts';
import type { Layer } from '../../content/store.ts';
import { lookInLayers } from '../../layer/overlay-look.ts';
import { Tree } from '../../layer/tree.ts';
import { BuildError } from '../error.ts';
import type { StepContext } from '../vertex.ts';

/** Makes a step's working folder, unless it is there. */
export async function makeWorkdir(step: StepContext, path: string, user: string): Promise<Layer | undefined> {
  const { helper } = step.services;
  const below = step.inputs[0]!;
  // An empty root has nothing to look at.
  if (below.layers.length > 0) {
    const view = await below.snapshot();
    const seen = lookInLayers(view.overlay, path);
    if (seen === 'folder') return undefined;
    const found =
      seen === 'missing' ? undefined : await new Tree(helper, view.overlay, { signal: step.signal }).stat(path);
    if (found?.type === 'directory') return undefined;
    if (found !== undefined)
      throw new BuildError('bad-option', `WORKDIR ${path}: there is a ${found.type} of that name`);
  }
  const snapshot = await step.prepare(below);
  const tree = new Tree(helper, snapshot.overlay, { signal: step.signal });
  const accounts = await readAccountFiles(snapshot.overlay, async (file) => (await tree.readIfThere(file))?.toString());
  const { uid, gid } = resolveUser(accounts, user);
  await tree.mkdir(path, { mode: 0o755, uid, gid, ...(step.epoch === undefined ? {} : { mtime: step.epoch }) });
  return step.commit(snapshot);
}
