import { join } from 'node:path';
import { ContainerError } from './container-error.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerServices } from './services.ts';

/** Where clients of a detached container connect: short, because a socket's name has at most 107 bytes. */
export function attachSocketPath(services: ContainerServices, record: ContainerRecord): string {
  const path = join(services.store.runFolder, '..', 's', record.id.slice(0, 16));
  if (Buffer.byteLength(path) > 107) {
    throw new ContainerError('attach-failed', `the run folder's name is too long for a socket in it: ${path}`, {
      hint: 'choose a shorter --run-root',
    });
  }
  return path;
}
