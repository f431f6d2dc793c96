import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { Repository } from '../registry/repository.js';
import type { ReleaseReport } from '../reports.js';
import type { Gate } from './gates.js';
/** One repository whose channel moves. */
export interface Place {
    /** `ghcr.io/owner/app`. */
    name: string;
    repository: Repository;
}
export interface ReleaseRequest {
    action: 'release' | 'promote' | 'rollback';
    places: readonly Place[];
    channel: string;
    /** More tags that move along, from the least important on; the channel's own is the last. */
    tags?: readonly string[];
    /** Release, promote: where the image is now. Its bytes are copied to places that lack them. */
    source?: {
        place: Place;
        digest: Digest;
    };
    /** Rollback: `previous`, `previous~N`, a digest, a tag or a version. */
    to?: string;
    /** What the channel must name now, else nothing is done. */
    expectCurrent?: Digest;
    gates?: readonly Gate[];
    /** Goes on although the channel is held, the version lower, the schema older, the target once rolled back from. */
    force?: boolean;
    /** Rollback: let later releases move the channel at once. */
    noHold?: boolean;
    /** Moves the tags and remembers nothing: to mend. */
    onlyTag?: boolean;
    dryRun?: boolean;
    /** Folder of journals. */
    journal: string;
    /** Who does it, for the lock. */
    who: string;
    /** How long others who take the lock at the same moment are waited for; default 250. */
    settleMs?: number;
    now?: () => Date;
    progress?: Progress;
    signal?: AbortSignal | undefined;
    /** Hears what is going to happen before it does. */
    onPlan?: (plan: ReleaseReport) => Promise<void> | void;
}
