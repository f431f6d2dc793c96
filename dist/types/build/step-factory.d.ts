import type { Stage } from '../dockerfile/instruction.js';
import type { Read, StepFactoryOptions } from './factory-options.js';
import type { LayerInstruction, LayerStep } from './graph-options.js';
import type { StageState } from './stage-state.js';
import type { Vertex } from './vertex.js';
/** Makes the operations of the instructions that change files, with everything expanded by the stage's scope. */
export declare class StepFactory {
    #private;
    constructor(options: StepFactoryOptions);
    /** Undefined for an instruction that changes nothing: `WORKDIR /`. */
    step(instruction: LayerInstruction, state: StageState, read: Read, stage: Stage): Promise<LayerStep | undefined>;
    /** `FROM context`: the folder's files on an empty root. */
    folderRoot(name: string, empty: Vertex): Promise<Vertex>;
}
