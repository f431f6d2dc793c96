import type { SourceLocation } from '../errors.js';
import { type Digest } from '../oci/digest.js';
import type { Helper } from '../runtime/helper.js';
import type { BuildContext } from './context.js';
import type { Root, StepContext } from './vertex.js';
/** Where a bind mount's files are: another step's result, or a folder of the user's. */
export interface FileSource {
    /** Index into the step's inputs; absent for a folder of the user's, which has no definition key. */
    readonly input?: number;
    /** How a message and an explanation name it: `stage build`, `the build context`. */
    readonly name: string;
    /** Digest of everything at and below a path: names, types, modes, owners, contents; never times. */
    digest(path: string, step: StepContext): Promise<Digest>;
    /** A root with those files, and the path in it, all symlinks followed. Nobody may write to it. */
    provide(path: string, step: StepContext): Promise<Provided>;
}
export interface Provided {
    root: Root;
    /** Inside the root, without a leading slash; empty for the root itself. */
    path: string;
    folder: boolean;
}
/** The build context or a named one. What an ignore file hides is hidden from mounts as well. */
export declare function contextSource(context: BuildContext, location: SourceLocation): FileSource;
/** Another step's result, `inputs[input]`. */
export declare function resultSource(input: number, name: string, helper: Helper, location: SourceLocation): FileSource;
