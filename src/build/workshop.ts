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
      const { startDiff } = await import('../layer/diff.ts');
      const { empty, stored, diffId, entries, tarSize } = await startDiff({
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
      return { empty, stored, diffId, bytes: Math.max(0, tarSize - 512 * (entries + 2)) };
    },
  };
}
