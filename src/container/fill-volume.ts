import { Tree } from '../layer/tree.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import type { NewVolumes } from './mount-points.ts';
import { readOnlyView } from './root.ts';
import type { ContainerServices } from './services.ts';

/** An empty volume gets what the image has at its place, owners and modes included, the folder's own too: Docker's copy-up. */
export async function fillVolumes(services: ContainerServices, snapshot: Snapshot, volumes: NewVolumes): Promise<void> {
  const { helper, rootless } = services;
  const view = readOnlyView(snapshot.overlay);
  const image = new Tree(helper, view);
  const stats = await Promise.all(volumes.map(({ destination }) => image.stat(destination)));
  await Promise.all(
    volumes.map(async ({ path }, i) => {
      const found = stats[i];
      if (found?.type !== 'directory') return;
      const volume = new Tree(helper, path, { sources: { image: view }, rootless });
      await Promise.all([
        volume.copyIn('image', `/${found.path}`, '/', { contents: true }),
        volume.chown('/', { uid: found.uid, gid: found.gid }),
        volume.chmod('/', found.mode),
      ]);
    }),
  );
}
