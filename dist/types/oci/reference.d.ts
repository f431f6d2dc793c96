import { ContainerizeError } from '../errors.js';
import { type Digest } from './digest.js';
/**
 * `[registry/]repository[:tag][@digest]`, in Docker's reading: no registry means docker.io, no slash there means
 * `library/`. distribution-spec § Pulling manifests gives the grammar of names and tags.
 */
export interface Reference {
    /** Host and port as a client dials it: `docker.io`, `ghcr.io`, `localhost:5000`. */
    registry: string;
    /** `library/debian`, `owner/app`. */
    repository: string;
    tag?: string;
    digest?: Digest;
}
export declare class ImageNameError extends ContainerizeError<'invalid-reference'> {
}
export declare const DEFAULT_REGISTRY = "docker.io";
/** Parses a name as a user writes it. Without tag and digest the tag is left out: see {@link withDefaultTag}. */
export declare function parseReference(text: string): Reference;
/** The reference with tag `latest` when it has neither tag nor digest. */
export declare function withDefaultTag(reference: Reference): Reference;
/** The whole name, `docker.io/library/debian:12`: one spelling for one image, used as key. */
export declare function formatReference(reference: Reference): string;
/** The short name that Docker users expect, `debian:12`. */
export declare function familiarReference(reference: Reference): string;
