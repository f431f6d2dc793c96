import type { Layer } from '../../content/store.js';
import type { StepContext } from '../vertex.js';
import type { RunDefinition } from './run-definition.js';
import type { RunTools } from './run-tools.js';
/** Runs the step's program in a container, and packs what it changed. */
export declare function execute(run: RunDefinition, tools: RunTools, step: StepContext): Promise<Layer | undefined>;
/** While a step below is at work: loads, and makes, what does not depend on its files. Failures are the step's own later. */
export declare function expect(run: RunDefinition, tools: RunTools): Promise<void>;
