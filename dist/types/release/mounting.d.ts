import type { ContentStore } from '../content/store.js';
import type { Place } from './request.js';
/** A repository that takes blobs from another one of the same registry without their being sent. */
export declare function mounting({ repository }: Place, from: Place): ContentStore;
