import { type Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { LayoutStore } from './layout-store.js';
export interface NamedImage {
    /** In formatReference() spelling: `docker.io/library/debian:12`. */
    name: string;
    descriptor: Descriptor;
}
/**
 * Names of images, kept in the layout's index.json where skopeo and podman read them too. An image that lost its last
 * name to a newer one stays as an entry without name (docker's `<none>`) until it is removed or pruned. Changes happen
 * under a lock and become visible by rename; gc holds the same lock, so that no name is given to what it removes.
 */
export declare class Refs {
    #private;
    constructor(store: LayoutStore);
    /** Folder of the lock under which index.json changes. */
    get lock(): string;
    get(name: string): Promise<Descriptor | undefined>;
    /** Gives `name` to an image that is in the store. The one that had it before keeps existing, without it. */
    set(name: string, descriptor: Descriptor): Promise<void>;
    /** Gives several names at once. */
    update(named: readonly NamedImage[]): Promise<void>;
    /** Keeps an image that has no name. */
    addUntagged(descriptor: Descriptor): Promise<void>;
    /** Takes a name away; the image goes with its last name, but for `keepUntagged`. False when nothing had the name. */
    remove(name: string, options?: {
        keepUntagged?: boolean;
    }): Promise<boolean>;
    /** Removes an image with all its names, and returns these. */
    removeDigest(digest: Digest): Promise<string[]>;
    /** Images with a name, oldest entry first. */
    list(): Promise<NamedImage[]>;
    /** Images that have no name. */
    untagged(): Promise<Descriptor[]>;
    /** Everything that index.json keeps: the roots of gc. */
    roots(): Promise<Descriptor[]>;
}
