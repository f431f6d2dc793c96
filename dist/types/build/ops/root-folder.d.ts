import type { Layer } from '../../content/store.js';
import type { StepContext } from '../vertex.js';
/** Makes a step's working folder, unless it is there. */
export declare function makeWorkdir(step: StepContext, path: string, user: string): Promise<Layer | undefined>;
