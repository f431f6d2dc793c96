import type { Helper } from '../../runtime/helper.js';
import type { Root, StepResult } from '../vertex.js';
import type { CopyEntry, CopySource } from './entry.js';
/** Another stage's root, or an image's, to copy from. Owners, modes and attributes are kept as they are there. */
export declare class ResultSource implements CopySource {
    #private;
    readonly name: string;
    /** Options of the helper's copies: nothing is taken away. */
    readonly copyWords: readonly string[];
    constructor(name: string, result: Pick<StepResult, 'snapshot'> | Root, helper: Helper);
    root(): Promise<Root>;
    find(path: string): Promise<CopyEntry | undefined>;
    link(path: string): Promise<CopyEntry | undefined>;
    /** One walk instead of a process for each folder and file. */
    preload(path: string): Promise<void>;
    names(path: string): Promise<readonly string[]>;
    tree(entry: CopyEntry, options: {
        digests: boolean;
    }): AsyncGenerator<CopyEntry>;
    hidden(): Promise<readonly string[]>;
}
