import type { AddInstruction, CopyInstruction, Stage } from '../dockerfile/instruction.js';
import type { Read, StepFactoryOptions } from './factory-options.js';
import type { LayerStep } from './graph-options.js';
import type { StageState } from './stage-state.js';
import type { Vertex } from './vertex.js';
/** COPY and ADD with everything expanded, and their source resolved. */
export declare function transferStep(instruction: CopyInstruction | AddInstruction, state: StageState, read: Read, stage: Stage, text: string, options: StepFactoryOptions): Promise<LayerStep>;
/** `FROM context`: the folder's files become an empty root's. */
export declare function folderStep(name: string, empty: Vertex, options: StepFactoryOptions): Promise<Vertex>;
