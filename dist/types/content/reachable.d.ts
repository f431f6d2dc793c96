import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Fetcher } from './store.js';
/** Digests of everything that the roots lead to. What is missing or unreadable leads nowhere, but keeps its own digest. */
export declare function reachableFrom(store: Fetcher, roots: Iterable<Descriptor>): Promise<Set<Digest>>;
