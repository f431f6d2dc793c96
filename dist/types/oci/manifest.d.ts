import { ContainerizeError } from '../errors.js';
import { type Annotations, type Descriptor } from './descriptor.js';
import { type MediaType } from './media-type.js';
/** One image for one platform, or an artifact. OCI image-spec, manifest.md. Layers: base first. */
export interface Manifest {
    schemaVersion: 2;
    mediaType: MediaType;
    artifactType?: MediaType;
    config: Descriptor;
    layers: Descriptor[];
    subject?: Descriptor;
    annotations?: Annotations;
}
/** Several manifests under one digest, chosen by platform. OCI image-spec, image-index.md. */
export interface ImageIndex {
    schemaVersion: 2;
    mediaType: MediaType;
    artifactType?: MediaType;
    manifests: Descriptor[];
    subject?: Descriptor;
    annotations?: Annotations;
}
export declare class ManifestError extends ContainerizeError<'invalid-manifest' | 'schema-1' | 'unknown-manifest-type'> {
}
/** Largest manifest that we accept, in bytes: what registries accept as well (distribution-spec asks for 4 MiB). */
export declare const MAX_MANIFEST_SIZE: number;
/**
 * Reads a manifest or an index. `mediaType` is what the descriptor or the registry said; the document may only agree
 * with it (distribution-spec, CVE-2021-41190: a document must not be both kinds).
 */
export declare function parseManifest(bytes: Uint8Array, mediaType: MediaType | undefined, where: string): Manifest | ImageIndex;
export declare function isIndex(document: Manifest | ImageIndex): document is ImageIndex;
/** The bytes to store: stable key order, no trailing newline. What came from a registry is kept as it came instead. */
export declare function encodeManifest(document: Manifest | ImageIndex): Buffer;
