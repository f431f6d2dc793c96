import type { Stage, StageInstruction } from '../dockerfile/instruction.js';
import type { GlobalScope } from '../dockerfile/scope.js';
import type { SourceLocation } from '../errors.js';
import type { Platform } from '../oci/platform.js';
import type { Progress } from '../progress.js';
import type { BaseImage } from './base.js';
import type { StageState } from './stage-state.js';
import type { Source, Stages } from './stages.js';
import type { Op, StepServices, Vertex } from './vertex.js';
/** An instruction that makes a layer. */
export type LayerInstruction = Extract<StageInstruction, {
    kind: 'run' | 'copy' | 'add' | 'workdir';
}>;
/** Where an instruction reads from, resolved: the vertex to read, or one of the user's folders. */
export type ReadSource = {
    kind: 'vertex';
    vertex: Vertex;
    name: string;
} | {
    kind: 'folder';
    context: string | undefined;
    name: string;
};
/** A layer-making step as its factory made it: `inputs` are what it reads besides what it stands on. */
export interface LayerStep {
    op: Op;
    inputs: readonly Vertex[];
    /** Shown after `[build 2/5]`. */
    text: string;
    /** The instruction's effect on WORKDIR. */
    workdir?: string;
}
export interface GraphOptions {
    stages: Stages;
    global: GlobalScope;
    target: Platform;
    /** Several platforms are built: names say which. */
    showPlatform: boolean;
    services: StepServices;
    progress: Progress;
    /** True for the stages that --no-cache or --no-cache-filter names. */
    noCache(stage: Stage): boolean;
    /** Names this build among others, for --explain-cache. */
    identity: string;
    /** The same for caches that other machines read, where paths differ; absent: there are none. */
    sharedIdentity?: string;
    base(name: string, platform: Platform, location: SourceLocation): Promise<BaseImage>;
    /** What a named context holds: an image, or a folder. */
    context(name: string, platform: Platform, location: SourceLocation): Promise<{
        image: BaseImage;
    } | {
        folder: true;
    }>;
    /** Makes the operation of RUN, COPY, ADD and WORKDIR. */
    step(instruction: LayerInstruction, state: StageState, read: (source: Source, location: SourceLocation) => Promise<ReadSource>, stage: Stage): Promise<LayerStep | undefined>;
    /** A vertex with the files of a named folder as its root: `FROM context`. */
    folderRoot(context: string, empty: Vertex): Promise<Vertex>;
}
