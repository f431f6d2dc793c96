import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { ImageConfig } from '../oci/image-config.js';
/** sha256 over length-prefixed parts: made only by build/cache-key.ts. */
export type CacheKey = Digest;
/** What one build step gave: enough to go on without running it. The stack that it stands on is part of the key, not repeated here. */
export interface CacheRecord {
    /** Platform, and the diff IDs of the layers that the step added. */
    config: ImageConfig;
    /** Layers that the step added, none or one, parallel to config.rootfs.diff_ids. */
    layers: Descriptor[];
    /** When it was made, RFC 3339. */
    created: string;
    /** What went into the key, name → digest or text, so that the next miss can say what changed. Never a secret's content. */
    inputs: Record<string, string>;
}
/** Key → record. Records whose blobs are gone are the caller's to detect. */
export interface Cache {
    get(key: CacheKey): Promise<CacheRecord | undefined>;
    put(key: CacheKey, record: CacheRecord): Promise<void>;
}
