import { type Digest } from '../oci/digest.js';
import type { ChannelState } from './history.js';
/** Where a rollback can go: any repository, and what its history says. */
export interface TargetSource {
    name: string;
    channel: string;
    state: ChannelState;
    resolve(tagOrDigest: string, options?: {
        signal?: AbortSignal | undefined;
    }): Promise<{
        digest: Digest;
    }>;
}
/**
 * The digest that `--to` means: `previous`, `previous~2`, a digest, a tag, or a version (a tag with or without `v`).
 * @throws ReleaseError `no-history`, `unknown-release`
 */
export declare function resolveTarget(source: TargetSource, to: string, signal?: AbortSignal): Promise<Digest>;
