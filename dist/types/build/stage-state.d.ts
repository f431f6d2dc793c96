import type { StageScope } from '../dockerfile/scope.js';
import type { RunConfig } from '../oci/image-config.js';
import { type Platform } from '../oci/platform.js';
import { type ConfigChange, type ConfigState } from './ops/config-change.js';
import type { Vertex } from './vertex.js';
/** A stage while its instructions are read in order: what later ones depend on, and the vertex reached so far. */
export declare class StageState implements ConfigState {
    #private;
    readonly label: string;
    readonly platform: Platform;
    readonly scope: StageScope;
    /** Entries of history that are the base image's own. */
    readonly baseHistory: number;
    shell: readonly string[];
    commandSet: boolean;
    constructor(options: {
        label: string;
        platform: Platform;
        scope: StageScope;
        config: RunConfig;
        tip: Vertex;
        baseHistory: number;
    });
    /** The config in force, but for history, layers and variables: those are the scope's. */
    get config(): RunConfig;
    get workdir(): string;
    /** Changes the config alone. Changes that follow each other are one vertex. */
    change(change: ConfigChange): void;
    /** What the next step stands on. */
    tip(): Vertex;
    /** Goes on from a step that changed the file system, and perhaps the config. */
    advance(vertex: Vertex, config?: RunConfig): void;
}
/** Gives the steps of a stage their names: `[linux/amd64 build 2/5] RUN make`. */
export declare class StepNames {
    #private;
    /** `label` is empty for the only stage of a file. `show` is given when several platforms are built. */
    constructor(label: string, total: number, show?: {
        platform: Platform;
        target: Platform;
    });
    next(text: string, trigger?: boolean): string;
}
