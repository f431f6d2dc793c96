import type { BuildRequest } from './request.ts';
import type { Rooms } from './rooms.ts';
import type { BuildServices } from './services.ts';
import type { Workshop } from './step.ts';

/** What executing steps work with in a real build. */
export function workshop(request: BuildRequest, services: BuildServices, rooms: Rooms): Workshop {
  const { content, snapshots, helper, rootless } = services;
  const { compression, epoch } = request;
  return {
    services: { content, snapshots, helper, rootless },
    scratchFolder: () => rooms.scratch(),
    epoch,
    expect: async () => {
      await import('../layer/diff.ts');
    },
    pack: async (snapshot, task, signal) => {
      const { diffLayer } = await import('../layer/diff.ts');
      const { empty, descriptor, diffId, entries, tarSize } = await diffLayer({
        helper,
        upper: snapshot.overlay,
        store: content,
        compression: compression.type,
        ...(compression.level === undefined ? {} : { level: compression.level }),
        ...(request.rewriteTimestamp && epoch !== undefined ? { mtimeClamp: epoch } : {}),
        rootless,
        signal,
        progress: task,
      });
      // A tar has a block of its own for each entry: what is left is the files.
      return { empty, descriptor, diffId, bytes: Math.max(0, tarSize - 512 * (entries + 2)) };
    },
  };
}
