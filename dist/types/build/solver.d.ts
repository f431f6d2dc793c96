import type { Slots } from '../content/slots.js';
import type { Progress } from '../progress.js';
import type { Records } from './records.js';
import { type Workshop } from './step.js';
import type { StepResult, Vertex } from './vertex.js';
/**
 * Gets results for vertices. Each waits for its inputs, then is looked up under its definition key, then under its
 * content key, and is executed when both miss. Whatever is ready runs at once: look-ups without bound, executions as
 * many as there are slots. The first failure stops everything, and `solve` comes back only when all has ended and
 * cleaned up after itself.
 */
export interface SolverOptions {
    workshop: Workshop;
    records: Records;
    /** Bounds executions; shared by everything that builds in this process. */
    slots: Slots;
    progress: Progress;
    signal: AbortSignal;
    /** Folder of the locks that keep two processes from executing one step twice; none in tests. */
    lockFolder?: string;
    /** Say for each miss what changed. */
    explain?: boolean;
}
export declare class Solver {
    #private;
    constructor(options: SolverOptions);
    /** Results of the vertices, in order. */
    solve(targets: readonly Vertex[]): Promise<StepResult[]>;
}
