import { ContainerizeError, type ErrorDetails } from '../errors.js';
import type { TagMove } from '../reports.js';
/** Why a channel was not moved, or was moved in part. */
export declare class ReleaseError extends ContainerizeError<'bad-channel' | 'unknown-release' | 'no-history' | 'incomplete-image' | 'registries-disagree' | 'unexpected-current' | 'foreign-change' | 'channel-held' | 'channel-locked' | 'immutable-tag' | 'older-version' | 'gate-failed' | 'release-undone' | 'release-not-undone' | 'deploy-failed' | 'deploy-undone'> {
    /** Where each tag is now, once moving had begun. */
    readonly moves: readonly TagMove[];
    constructor(code: ReleaseError['code'], message: string, options?: ErrorDetails & {
        moves?: readonly TagMove[];
    });
}
