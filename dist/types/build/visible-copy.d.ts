import type { CopyEntry } from './context/entry.js';
import type { BuildContext } from './context.js';
import type { StepContext } from './vertex.js';
/** Copies what an ignore file leaves visible of a folder, so that the rest cannot be seen through a bind mount. */
export declare function copyVisible(context: BuildContext, entry: CopyEntry, step: StepContext): Promise<string>;
