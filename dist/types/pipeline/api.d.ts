import { Writable } from 'node:stream';
import type { ContainerOptions } from '../container/options.js';
import type { Image } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Progress } from '../progress.js';
import type { ExitReport } from '../reports.js';
import type { Engine } from './wire.js';
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
/** The engine as a library: images are built, run, pulled and pushed in one local store. */
export declare class Containerize {
    readonly engine: Engine;
    constructor(engine: Engine);
    /** Builds a Dockerfile. The image is in the store under its tags, or without a name when there are none. */
    build(options: BuildOptions): Promise<Image>;
    /** Runs a command in a fresh container of an image, waits for its end and removes the container. A failing program is a result, not an error. */
    run(image: string, command?: readonly string[], options?: RunOptions): Promise<RunResult>;
    /** Brings an image into the store under its name. */
    pull(name: string, options?: CallOptions & {
        platform?: string | 'all';
    }): Promise<Image>;
    /** Sends the image that the store has under this name to the registry of the name. Returns what the tag names now. */
    push(name: string, options?: CallOptions): Promise<Descriptor>;
    /** Gives an image another name. */
    tag(source: string, target: string): Promise<void>;
    /** An image of the store, by name, ID or the beginning of an ID. */
    find(name: string): Promise<Image>;
}
