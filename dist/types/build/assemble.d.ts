import type { ContentStore } from '../content/store.js';
import { type Annotations, type Descriptor } from '../oci/descriptor.js';
import type { ImageConfig } from '../oci/image-config.js';
import { type ImageIndex, type Manifest } from '../oci/manifest.js';
import type { Platform } from '../oci/platform.js';
import type { StepResult } from './vertex.js';
/** `--annotation`: what is put where. */
export interface AnnotationSet {
    manifest: Annotations;
    manifestDescriptor: Annotations;
    index: Annotations;
}
export interface AssembleOptions {
    /** Media types of manifests, configs and layers. */
    family: 'oci' | 'docker';
    labels: Readonly<Record<string, string>>;
    annotations: (platform: Platform) => AnnotationSet;
    /** SOURCE_DATE_EPOCH in seconds. */
    epoch: number | undefined;
}
/** One platform's image, in the store. */
export interface AssembledImage {
    platform: Platform;
    descriptor: Descriptor;
    configDescriptor: Descriptor;
    manifest: Manifest;
    config: ImageConfig;
}
/** Writes the config and the manifest of one platform. `baseHistory` entries of its history are the base image's. */
export declare function assembleImage(store: ContentStore, result: StepResult, baseHistory: number, platform: Platform, options: AssembleOptions): Promise<AssembledImage>;
/** The index over several platforms. */
export declare function assembleIndex(store: ContentStore, images: readonly AssembledImage[], options: AssembleOptions): Promise<{
    descriptor: Descriptor;
    index: ImageIndex;
}>;
