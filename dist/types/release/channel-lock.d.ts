import type { Repository } from '../registry/repository.js';
/**
 * An advisory lock in the registry: the tag `<channel>.lock` names who moves the channel, and until when. Registries have
 * no compare-and-swap, so it keeps out most of those who come at the same time; what it lets through, the look at each
 * tag before and after it is moved finds.
 */
export declare class ChannelLock {
    #private;
    /** `dead`: the owner that a run of this machine was, which is known to have ended. */
    constructor(repository: Repository, channel: string, owner?: string, dead?: string);
    /** @throws ReleaseError `channel-locked`, naming the holder */
    take(name: string, who: string, signal?: AbortSignal, settleMs?: number): Promise<void>;
    /** Removes the tag; where a registry does not let us, it says that nobody holds it. */
    release(): Promise<void>;
}
