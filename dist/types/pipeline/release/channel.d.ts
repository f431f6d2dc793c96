import type { Digest } from '../../oci/digest.js';
import { type Reference } from '../../oci/reference.js';
import type { Progress } from '../../progress.js';
import type { RegistryFlags } from '../../registry/open.js';
import type { Gate } from '../../release/gates.js';
import { type HistoryEntry } from '../../release/history.js';
import type { ReleaseRequest } from '../../release/request.js';
import type { ReleaseReport } from '../../reports.js';
import type { Engine } from '../wire.js';
/** A channel and where it is, in names. */
export interface ChannelRequest {
    action: 'release' | 'promote' | 'rollback';
    /** Repositories without tags, `ghcr.io/owner/app`. */
    repositories: readonly string[];
    channel: string;
    /** Release, promote: a name with a tag or a digest. */
    source?: string;
    /** Rollback: `previous`, `previous~N`, a tag, a version or a digest. */
    to?: string;
    tags?: readonly string[];
    expectCurrent?: Digest;
    force?: boolean;
    noHold?: boolean;
    onlyTag?: boolean;
    dryRun?: boolean;
    gates?: readonly Gate[];
    who: string;
    registry?: RegistryFlags;
    progress?: Progress;
    signal?: AbortSignal | undefined;
    onPlan?: ReleaseRequest['onPlan'];
}
/** Makes a channel name an image, as the commands release, promote and rollback do. @throws ReleaseError */
export declare function releaseChannel(engine: Engine, request: ChannelRequest): Promise<ReleaseReport>;
/** Ends the hold that a rollback left; false when there was none. */
export declare function unhold(engine: Engine, repositories: readonly string[], channel: string, options?: {
    registry?: RegistryFlags;
    signal?: AbortSignal;
}): Promise<boolean>;
/** Events of a channel, or of all channels of a repository, oldest first; what each names now. */
export declare function releaseHistory(engine: Engine, repository: string, channel: string | undefined, options?: {
    registry?: RegistryFlags;
    signal?: AbortSignal;
}): Promise<(HistoryEntry & {
    channel: string;
})[]>;
/** As people write it: Docker Hub's own name is left out. */
export declare function repositoryName({ registry, repository }: Pick<Reference, 'registry' | 'repository'>): string;
