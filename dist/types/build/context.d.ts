import { type IgnoreMatcher } from '../dockerfile/ignore.js';
import { type Digest } from '../oci/digest.js';
import { type CopyEntry, type CopySource } from './context/entry.js';
export interface BuildContextOptions {
    /** A folder of the user's, or a scratch folder that an archive was unpacked into. */
    folder: string;
    /** For messages; default `the build context`. */
    name?: string;
    ignore?: IgnoreMatcher;
    /** Folder for digests of files that were read before, such as `<root>/cache/context`. */
    cacheFolder?: string;
}
/**
 * The folder that COPY, ADD and bind mounts read from, or a named context. Nothing is read until something asks, and
 * then only what was asked for. Modes lose the bits that a umask decides, owners are 0:0, times count for nothing: the
 * same tree gives the same digests on every machine.
 */
export declare class BuildContext implements CopySource {
    #private;
    readonly name: string;
    readonly copyWords: string[];
    /** Absolute, without symlinks. */
    readonly folder: string;
    private constructor();
    static open(options: BuildContextOptions): Promise<BuildContext>;
    /** True when an ignore file hides something, maybe: then the folder itself must not be mounted. */
    get filtered(): boolean;
    root(): Promise<string>;
    ignores(path: string): boolean;
    hiddenBy(path: string): string | undefined;
    find(path: string): Promise<CopyEntry | undefined>;
    link(path: string): Promise<CopyEntry | undefined>;
    names(path: string): Promise<readonly string[]>;
    tree(entry: CopyEntry): AsyncGenerator<CopyEntry>;
    hidden(folder: string): Promise<readonly string[] | undefined>;
    count(folder: string): number | undefined;
    verify(paths: readonly string[]): void;
    /** Digest of a file or tree with its modes and links: what a bind mount of it is keyed by. undefined when it is missing. */
    digest(path: string): Promise<Digest | undefined>;
    /** Keeps what was learnt for the next build. Call once, when the build is over. */
    close(): Promise<void>;
}
