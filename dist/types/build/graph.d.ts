import type { Stage } from '../dockerfile/instruction.js';
import type { GraphOptions } from './graph-options.js';
import type { SharedVertices } from './shared-vertices.js';
import { StageState } from './stage-state.js';
/**
 * Makes the vertices of a stage and of everything that it needs. A stage is begun when something asks for it, so what
 * nobody needs costs nothing; equal steps become one vertex, also across the platforms of one build.
 */
export declare class Graph {
    #private;
    constructor(options: GraphOptions, shared: SharedVertices);
    /** The state at the end of a stage. */
    target(stage: Stage): Promise<StageState>;
}
