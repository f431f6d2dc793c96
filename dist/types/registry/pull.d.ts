import type { ContentStore, Image } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import { type Platform } from '../oci/platform.js';
import { type Reference } from '../oci/reference.js';
import { type Progress } from '../progress.js';
import type { RegistryClient } from './client.js';
import type { KnownSources } from './known-sources.js';
import { type Document } from './pull-plan.js';
/** Where a pull puts things; the layout store also has a folder and claims. */
export interface PullTarget extends ContentStore {
    readonly folder?: string;
    claim?(digest: Digest, signal?: AbortSignal): Promise<{
        release(): Promise<void>;
    }>;
}
export interface PullOptions {
    /** Default: this machine's. */
    platform?: Platform | 'all' | undefined;
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    /** Blobs in transfer at once; default 4. */
    parallel?: number | undefined;
    /** Learns which repository holds the blobs. */
    sources?: KnownSources | undefined;
}
/**
 * Brings an image into a local store: resolves the name, chooses the platform, fetches what is missing, children before
 * parents. The result names what the registry names: of an index only the chosen platform's part is in the store.
 */
export declare function pullImage(client: RegistryClient, reference: Reference, store: PullTarget, options?: PullOptions): Promise<Image>;
/** A pull whose manifests are read; nothing is in the store yet. */
export interface StartedPull {
    root: Descriptor;
    /** Manifests, children before parents. */
    documents: readonly Document[];
    /** The image configs' bytes. */
    configs(): Promise<Document[]>;
    /** Brings blobs and manifests into the store. */
    finish(): Promise<void>;
}
/** Resolves the name, reads the manifests and chooses the platform. */
export declare function startPull(client: RegistryClient, reference: Reference, store: PullTarget, options?: PullOptions): Promise<StartedPull>;
