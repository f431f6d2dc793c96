import type { Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import { type ImageIndex, type Manifest } from '../oci/manifest.js';
/** A tag that is read and written as a whole. */
export interface ReferrersTag {
    read(tag: string): Promise<Buffer | undefined>;
    write(tag: string, bytes: Buffer): Promise<void>;
}
export declare function referrersIndex(access: ReferrersTag, subject: Digest): Promise<ImageIndex>;
/**
 * Adds a manifest with a subject to the list kept under the tag. Registries offer no compare-and-swap, so we read back and
 * repeat when our entry was overwritten.
 */
export declare function addReferrer(access: ReferrersTag, document: Manifest | ImageIndex, descriptor: Descriptor): Promise<void>;
