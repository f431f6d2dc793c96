import { ContainerizeError } from '../errors.ts';

/** What went wrong with a root file system. */
export class SnapshotError extends ContainerizeError<
  | 'not-unpacked' // a chain that nobody has unpacked, or that was collected meanwhile
  | 'snapshot-exists'
  | 'snapshot-gone'
  | 'too-many-layers'
  | 'cannot-write' // the folder of the snapshots is not ours
> {}
