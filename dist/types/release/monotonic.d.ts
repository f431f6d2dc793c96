import type { Repository } from '../registry/repository.js';
import { type TagGuard } from './tags/tag-guard.js';
/** A tag that stays, and why. */
export interface KeptTag {
    tag: string;
    why: string;
}
/**
 * The tags that name a higher version in this repository than the one that is pushed. A label alone does not prove a
 * version (images inherit those of their base): the repository must have it as a tag, of that very image.
 */
export declare function tagsThatStay(repository: Repository, tags: readonly string[], guard: TagGuard, signal?: AbortSignal): Promise<KeptTag[]>;
