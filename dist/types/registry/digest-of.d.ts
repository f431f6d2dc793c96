import type { Digest } from '../oci/digest.js';
import type { Repository } from './repository.js';
/** What a tag names, undefined when it is not there. */
export declare function digestOf(repository: Repository, tag: string, signal: AbortSignal | undefined): Promise<Digest | undefined>;
/** Whether what is there is of a kind that this program does not read. */
export declare function isUnreadable(error: unknown): boolean;
