import type { Writable } from 'node:stream';
import type { ContainerOptions } from '../container/options.js';
import type { Progress } from '../progress.js';
import type { ExitReport } from '../reports.js';
import type { TestSpec } from '../testing/spec.js';
/** What every call takes: how it tells about itself, and how it is stopped. */
export interface CallOptions {
    progress?: Progress;
    signal?: AbortSignal;
}
export interface BuildOptions extends CallOptions {
    /** Folder with the build context. */
    context: string;
    /** Path of the Dockerfile; default `Dockerfile` in the context. */
    file?: string;
    target?: string;
    /** Names that the image gets in the store. */
    tags?: readonly string[];
    buildArgs?: Readonly<Record<string, string>>;
    labels?: Readonly<Record<string, string>>;
    /** `linux/amd64`, …; several make an index. Default: this machine's. */
    platforms?: readonly string[];
    /** id → path of a file; its content is in no layer, key or log. */
    secrets?: Readonly<Record<string, string>>;
    noCache?: boolean;
    /** Ask the registry for a newer base even when one is in the store. */
    pull?: boolean;
    /** Say in the progress why steps were not cached. */
    explain?: boolean;
    /** SOURCE_DATE_EPOCH, seconds. */
    epoch?: number;
}
export interface RunOptions extends CallOptions, Omit<ContainerOptions, 'command' | 'tty' | 'interactive' | 'autoRemove'> {
    platform?: string;
    stdout?: Writable;
    stderr?: Writable;
}
export interface RunResult extends ExitReport {
    /** The last 16 MiB of what the program wrote; empty when a stream was given for it. */
    stdout: string;
    stderr: string;
}
/** A test: a line for a shell, the words of a program, or one of these with settings. */
export type TestOptions = string | readonly string[] | (Partial<TestSpec> & {
    run?: TestSpec['run'];
});
export interface TestRunOptions extends CallOptions {
    /** Containers that run at once. */
    jobs?: number;
    /** `2/4`: the part of the tests to run here. */
    shard?: string;
    /** Folder for the reports that tests name; without it none is copied out. */
    output?: string;
    platform?: string;
}
export interface PublishOptions extends CallOptions {
    /** What the image is: tags that name a higher version stay where they are. */
    version?: string;
}
export interface MergeOptions extends PublishOptions {
    /** Platforms that must be there, all of them and no others. */
    platforms?: readonly string[];
}
export interface ReleaseOptions extends CallOptions {
    /** A command for a shell of the target that must succeed before anything moves. */
    smoke?: string;
    /** Shows what would be done. */
    dryRun?: boolean;
    /** Also when the channel is held, or at a higher version. */
    force?: boolean;
    /** Who does it, for others who find the channel locked. */
    who?: string;
}
