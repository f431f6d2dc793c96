import type { Containers } from '../container/containers.ts';
import type { ContainerBase } from '../container/create.ts';
import type { Progress } from '../progress.ts';
import type { TestCase } from '../reports.ts';
import type { OutputFolder } from './output-folder.ts';
import type { Shard } from './shard.ts';
import type { TestSpec } from './spec.ts';

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
export class StageFailed extends Error {
  /** What the program that failed said last. */
  readonly output: readonly string[];

  constructor(message: string, output: readonly string[], cause: unknown) {
    super(message, { cause });
    this.output = output;
  }
}
