import type { Containers } from '../container/containers.js';
import type { ContainerBase } from '../container/create.js';
import type { Progress } from '../progress.js';
import type { TestCase } from '../reports.js';
import type { OutputFolder } from './output-folder.js';
import type { Shard } from './shard.js';
import type { TestSpec } from './spec.js';
/** What running tests needs of the floors around it. */
export interface TestServices {
    containers: Containers;
    /**
     * The image under test, or what a stage of its Dockerfile gives within so many seconds; asked once for each stage.
     *
     * @throws StageFailed when the stage is to blame
     */
    base(target: string | undefined, seconds: number): Promise<ContainerBase>;
    /** Image checks of a file, in containers of that image. */
    checks?(file: string, base: ContainerBase, spec: TestSpec, signal: AbortSignal): Promise<TestCase[]>;
    /** The cases of reports that were copied out, of each; undefined for what is no JUnit. */
    cases?(files: readonly string[], workingDir: string): Promise<PromiseSettledResult<TestCase[] | undefined>[]>;
    progress: Progress;
    signal: AbortSignal;
}
export interface TestRequest {
    tests: readonly TestSpec[];
    /** Containers that run at once. */
    jobs: number;
    shard?: Shard | undefined;
    /** Where reports go; without it none is copied out. */
    output?: OutputFolder | undefined;
}
/** A stage that is a test did not build, and nothing but the stage is to blame. */
export declare class StageFailed extends Error {
    /** What the program that failed said last. */
    readonly output: readonly string[];
    constructor(message: string, output: readonly string[], cause: unknown);
}
