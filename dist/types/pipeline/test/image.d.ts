import type { Image } from '../../content/store.js';
import type { Platform } from '../../oci/platform.js';
import type { Progress } from '../../progress.js';
import type { TestReport } from '../../reports.js';
import type { OutputFolder } from '../../testing/output-folder.js';
import type { Shard } from '../../testing/shard.js';
import type { TestSpec } from '../../testing/spec.js';
import type { Engine } from '../wire.js';
import { type Repository } from './reports.js';
export interface TestImageRequest {
    /** Name or digest of the image under test; absent when only stages are. */
    image?: string;
    platform?: Platform;
    tests: readonly TestSpec[];
    /** Default: one for each processor, two at least. */
    jobs?: number;
    shard?: Shard;
    output?: OutputFolder;
    /** Where files that reports name are looked for. */
    repository?: Repository;
    /** Folder that image checks may mount from; default: the repository's. */
    project?: string;
    /** The caller's environment, of which image checks may name variables. */
    env?: Readonly<Record<string, string | undefined>>;
    /** Builds a stage of the image's Dockerfile, until the signal. */
    buildTarget?(target: string, signal: AbortSignal): Promise<Image>;
}
/** Runs tests against an image of the store, that very one: nothing is exported or loaded. */
export declare function testImage(engine: Engine, request: TestImageRequest, { progress, signal }: {
    progress: Progress;
    signal: AbortSignal;
}): Promise<TestReport>;
