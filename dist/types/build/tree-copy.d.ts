import type { Provided } from './file-source.js';
import type { StepContext } from './vertex.js';
/** Copies what a source provides into an empty folder of ours: contents of a folder, or one file. */
export declare function copyTree({ root, path, folder }: Provided, target: string, step: StepContext): Promise<void>;
