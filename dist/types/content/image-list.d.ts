import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import { type ImageConfig } from '../oci/image-config.js';
import { type Platform } from '../oci/platform.js';
import { type LoadedImage } from './image.js';
import type { LayoutStore } from './layout-store.js';
import type { Refs } from './refs.js';
/** One image of the store, as lists show it. */
export interface StoredImage {
    /** Digest of the config of this machine's platform, or of the first platform that is there: docker's image ID. */
    id: Digest;
    /** Manifest or index that the names stand for. */
    descriptor: Descriptor;
    /** formatReference() spellings; none for a dangling image. */
    names: string[];
    config: ImageConfig;
    /** Bytes of all its blobs in the store; layers that appear in several platforms count once. */
    size: number;
    /** Blobs and their sizes, to tell what images share. */
    blobs: ReadonlyMap<Digest, number>;
    /** Every platform whose manifest and config are there. */
    variants: {
        platform: Platform;
        image: LoadedImage;
    }[];
}
/** Every image of the store, newest first. Broken ones (blobs lost in a crash) are left out, `onBroken` hears of them. */
export declare function listImages(store: LayoutStore, refs: Refs, onBroken?: (names: string[], descriptor: Descriptor, error: unknown) => void): Promise<StoredImage[]>;
/**
 * The image that a user means: a name, `name@digest`, or an ID or digest, also cut short. A name is preferred to an ID
 * that begins alike, as docker does. `name` is set when the name was given.
 */
export declare function findImage(store: LayoutStore, refs: Refs, text: string): Promise<StoredImage & {
    name?: string;
}>;
/** As {@link findImage}, undefined when there is none. Throws when a short ID fits several. */
export declare function findImageIfThere(store: LayoutStore, refs: Refs, text: string): Promise<(StoredImage & {
    name?: string;
}) | undefined>;
/** Reads what the store has of an image. Fails when not one platform is there in full. */
export declare function readStored(store: LayoutStore, descriptor: Descriptor, names: string[]): Promise<StoredImage>;
/** Name and tag in the words of `images`: `<none>` where there is none. */
export declare function displayName(name: string): {
    repository: string;
    tag: string;
};
