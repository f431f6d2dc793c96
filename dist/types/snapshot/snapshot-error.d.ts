import { ContainerizeError } from '../errors.js';
/** What went wrong with a root file system. */
export declare class SnapshotError extends ContainerizeError<'not-unpacked' | 'snapshot-exists' | 'snapshot-gone' | 'too-many-layers' | 'cannot-write'> {
}
