import type { Descriptor } from '../oci/descriptor.js';
import type { Fetcher } from './store.js';
/** A small blob's bytes, checked. For manifests and configs; refuses what claims to be larger than `max` bytes. */
export declare function readBlob(from: Fetcher, descriptor: Descriptor, max?: number): Promise<Buffer>;
