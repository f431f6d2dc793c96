import type { Containers } from '../container/containers.js';
import type { ContainerBase } from '../container/create.js';
import type { ExitReport } from '../reports.js';
import { type Collected } from './collect.js';
import type { OutputFolder } from './output-folder.js';
import type { OutputTail } from './output-tail.js';
import type { TestSpec } from './spec.js';
export interface AttemptPlace {
    containers: Containers;
    base: ContainerBase;
    output?: OutputFolder | undefined;
    /** Folder of this attempt in the output folder. */
    folder: string;
    env: readonly string[];
    signal: AbortSignal;
}
export interface AttemptEnd {
    exit: ExitReport;
    timedOut: boolean;
    collected: Collected;
}
/**
 * Runs a command once, in a fresh container that is gone afterwards. Its reports are copied out whatever happened to
 * it: time-out, memory, a cancelled run. Killing the first process of its pid namespace kills everything in it.
 *
 * @throws what the runtime says when the program could not be started; the reason of `signal` when that was aborted
 */
export declare function attempt(spec: TestSpec, place: AttemptPlace, tail: OutputTail): Promise<AttemptEnd>;
/** Where the test runs. */
export declare function workingDirOf({ workingDir }: TestSpec, base: ContainerBase): string;
