import type { Stage } from '../dockerfile/instruction.js';
import { type SourceLocation } from '../errors.js';
import type { ImageConfig } from '../oci/image-config.js';
import { type Platform } from '../oci/platform.js';
import type { BaseImage } from './base.js';
import type { GraphOptions, ReadSource } from './graph-options.js';
import type { SharedVertices } from './shared-vertices.js';
import type { Source } from './stages.js';
import type { Vertex } from './vertex.js';
/** What a stage stands on, when that is no other stage. */
export interface StageBase {
    vertex: Vertex;
    /** The whole config, triggers included. */
    config: ImageConfig;
    title: string;
    /** It is a step of its own on the display. */
    shown: boolean;
    fetched: boolean;
}
/** Images, empty roots and folders as vertices: what stages begin with, and what COPY and mounts read. */
export declare class StageBases {
    #private;
    constructor(options: GraphOptions, shared: SharedVertices);
    /** The vertex that a stage begins with, when it does not begin with another stage. */
    root(stage: Stage, source: Exclude<Source, {
        kind: 'stage';
    }>, platform: Platform): Promise<StageBase>;
    /** The image of a name that is no stage. */
    image(name: string, stage: Stage, platform: Platform, location: SourceLocation): Promise<BaseImage>;
    /** An empty root, to read. */
    emptyToRead(platform: Platform): ReadSource;
    /** An image's root, to read. */
    toRead(base: BaseImage, platform: Platform, name: string): ReadSource;
}
