import type { Digest } from '../oci/digest.js';
import type { MediaType } from '../oci/media-type.js';
import type { Repository } from '../registry/repository.js';
import type { TagMove } from '../reports.js';
/** A manifest's original bytes: what is put under a tag is what was pushed, byte for byte. */
export interface Original {
    bytes: Buffer;
    mediaType: MediaType;
}
export interface MoverOptions {
    repositories: ReadonlyMap<string, Repository>;
    /** Bytes of a digest in a repository, read before anything moves. */
    original(repository: string, digest: string): Original;
    /** Called after each change, before the next: the journal. */
    onChange(): Promise<void>;
    signal?: AbortSignal | undefined;
}
/**
 * Moves tags one after the other. Registries have no compare-and-swap, so each tag is looked at right before it is put
 * and read back after; whoever finds a digest that is neither the old nor the new one stops, and takes back what he did.
 */
export declare class TagMover {
    #private;
    constructor(options: MoverOptions);
    /** @throws ReleaseError `release-undone` or `release-not-undone`, its cause what went wrong */
    move(moves: readonly TagMove[]): Promise<void>;
    /** What the tag names, undefined when it is not there. */
    current(move: Pick<TagMove, 'repository' | 'tag'>, signal?: AbortSignal): Promise<Digest | undefined>;
}
