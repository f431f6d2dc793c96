import { ContainerizeError } from '../errors.js';
import { type Digest } from './digest.js';
import type { MediaType } from './media-type.js';
import { type Platform } from './platform.js';
export type Annotations = Record<string, string>;
/** Names one blob: what it is, its digest, its size in bytes. OCI image-spec, descriptor.md. */
export interface Descriptor {
    mediaType: MediaType;
    digest: Digest;
    size: number;
    platform?: Platform;
    annotations?: Annotations;
    artifactType?: MediaType;
    urls?: string[];
}
export declare class DescriptorError extends ContainerizeError<'invalid-descriptor'> {
}
/** The descriptor of bytes that are at hand. */
export declare function describe(mediaType: MediaType, content: Uint8Array | string): Descriptor;
/** Checks a descriptor that came from outside. `where` names it in the error: `layers[2] of sha256:…`. */
export declare function parseDescriptor(value: unknown, where: string): Descriptor;
export declare function isStringMap(value: unknown): value is Record<string, string>;
