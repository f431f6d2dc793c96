import type { Image } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { ReleaseReport, TestReport } from '../reports.js';
import type { BuildOptions, CallOptions, MergeOptions, PublishOptions, ReleaseOptions, RunOptions, RunResult, TestOptions, TestRunOptions } from './api-types.js';
import type { Merged } from './publish/merge.js';
import type { PublishedPlace } from './publish/publish.js';
import type { Engine } from './wire.js';
export type { BuildOptions, CallOptions, MergeOptions, PublishOptions, ReleaseOptions, RunOptions, RunResult, TestOptions, TestRunOptions, } from './api-types.js';
/** The engine as a library: images are built, run, pulled and pushed in one local store. */
export declare class Containerize {
    #private;
    readonly engine: Engine;
    constructor(engine: Engine);
    /** Builds a Dockerfile. The image is in the store under its tags, or without a name when there are none. */
    build(options: BuildOptions): Promise<Image>;
    /** Runs a command in a fresh container of an image, waits for its end and removes the container. A failing program is a result, not an error. */
    run(image: string, command?: readonly string[], options?: RunOptions): Promise<RunResult>;
    /** Tests an image, each test in a fresh container without a network unless it asks for one. A failing test is a result, not an error. */
    test(image: string, tests: readonly TestOptions[], options?: TestRunOptions): Promise<TestReport>;
    /** Makes a channel, `ghcr.io/owner/app:production`, name an image of its repository: a tag or a digest. */
    release(channel: string, source: string, options?: ReleaseOptions): Promise<ReleaseReport>;
    /** Makes a channel name what another one names, here or in another registry. */
    promote(source: string, channel: string, options?: ReleaseOptions): Promise<ReleaseReport>;
    /** Takes a channel back: to `previous`, `previous~2`, a tag, a version or a digest. */
    rollback(channel: string, to?: string, options?: ReleaseOptions): Promise<ReleaseReport>;
    /** Brings an image into the store under its name. */
    pull(name: string, options?: CallOptions & {
        platform?: string | 'all';
    }): Promise<Image>;
    /** Sends the image that the store has under this name to the registry of the name. Returns what the tag names now. */
    push(name: string, options?: CallOptions): Promise<Descriptor>;
    /** Sends an image of the store to any number of registries: by digest first, tags last. Returns what each has. */
    publish(source: string, names: readonly string[], options?: PublishOptions): Promise<PublishedPlace[]>;
    /** Makes one index of images that were pushed by digest, a platform each, once all of them are whole. */
    merge(names: readonly string[], digests: readonly Digest[], options?: MergeOptions): Promise<Merged>;
    /** Gives an image another name. */
    tag(source: string, target: string): Promise<void>;
    /** An image of the store, by name, ID or the beginning of an ID. */
    find(name: string): Promise<Image>;
}
