import type { Image } from '../../content/store.js';
import { ContainerizeError } from '../../errors.js';
import type { Digest } from '../../oci/digest.js';
import { type Progress } from '../../progress.js';
import type { RegistryClient } from '../../registry/client.js';
import type { KnownSources } from '../../registry/known-sources.js';
import { type KeptTag } from '../../release/monotonic.js';
import { type TagGuard } from '../../release/tags/tag-guard.js';
/** What one repository has of an image. */
export interface PublishedPlace {
    /** `ghcr.io/owner/app`. */
    repository: string;
    digest: Digest;
    /** Tags that name the digest now. */
    tags: string[];
    /** Tags that stay where they are. */
    kept: KeptTag[];
}
/** Why an image is not where it should be; `places` is where it is. */
export declare class PublishError extends ContainerizeError<'not-published' | 'published-in-part' | 'push-lost' | 'immutable-tag'> {
    readonly places: readonly PublishedPlace[];
    constructor(code: PublishError['code'], message: string, options?: {
        cause?: unknown;
        hint?: string;
        places?: readonly PublishedPlace[];
    });
}
export interface PublishRequest {
    image: Image;
    /** Full names, of any number of registries. */
    names: readonly string[];
    /** Nothing gets a tag: the jobs of a matrix. */
    byDigest?: boolean;
    /** Keeps tags from moving to a lower version; absent: each moves. */
    guard?: TagGuard | undefined;
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
}
export interface PublishServices {
    client: RegistryClient;
    sources?: KnownSources | undefined;
}
/**
 * Brings one image to registries: to all of them side by side under its digest; only when each has it whole, the tags,
 * those that others follow (`latest`) last; each tag is read back. A registry that fails before that leaves no tag
 * anywhere. @throws PublishError, RegistryError
 */
export declare function publishImage(services: PublishServices, request: PublishRequest): Promise<PublishedPlace[]>;
