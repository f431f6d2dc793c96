import type { Readable } from 'node:stream';
import { packRoot } from '../layer/diff.ts';
import type { ContainerRecord } from './record.ts';
import { layersOf, readOnlyView } from './root.ts';
import type { ContainerServices } from './services.ts';

/** All files of a container as a plain tar: its layers, without volumes and what the kernel shows in it. */
export async function exportContainer(
  services: ContainerServices,
  record: ContainerRecord,
  signal?: AbortSignal,
): Promise<Readable> {
  const root = readOnlyView(await layersOf(services, record));
  return packRoot({
    helper: services.helper,
    root,
    rootless: services.rootless,
    ...(signal === undefined ? {} : { signal }),
  });
}
