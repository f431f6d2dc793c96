import type { Descriptor } from '../oci/descriptor.js';
import { type ImageConfig } from '../oci/image-config.js';
import { type Manifest } from '../oci/manifest.js';
import { type Platform } from '../oci/platform.js';
import type { Image, Layer } from './store.js';
/** One image for one platform, read and checked. */
export interface LoadedImage {
    manifest: Manifest;
    manifestDescriptor: Descriptor;
    config: ImageConfig;
    configDescriptor: Descriptor;
    /** Base first. */
    layers: Layer[];
}
/** Largest image config that we accept, in bytes. */
export declare const MAX_CONFIG_SIZE: number;
/**
 * Reads the manifest and config that serve `platform` best (this machine's by default). An image that is a plain
 * manifest is taken whatever its platform, as docker does.
 */
export declare function loadImage(image: Image, platform?: Platform): Promise<LoadedImage>;
/** Every platform of an image: one entry for a plain manifest. Attestations and other artifacts are left out; nothing says that the manifests are in the store. */
export declare function platforms(image: Image): Promise<{
    platform?: Platform;
    manifestDescriptor: Descriptor;
}[]>;
/** Reads one manifest, its config and its layers' identities. */
export declare function loadManifest(image: Image, descriptor: Descriptor): Promise<LoadedImage>;
