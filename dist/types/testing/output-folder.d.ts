import type { Helper } from '../runtime/helper.js';
/**
 * Where what tests leave is written on this machine, and whose it becomes. Root may be who writes, into a checkout of
 * somebody else: every path is resolved inside `anchor`, so that links in the checkout lead nowhere else.
 */
export interface OutputFolder {
    /** A folder that is there, all links followed. */
    anchor: string;
    /** From the anchor; it need not be there. */
    path: string;
    owner: {
        uid: number;
        gid: number;
    };
}
/** The folder that a user named: inside of `cwd` nothing leads out of it; elsewhere it is what it is. */
export declare function outputFolder(given: string, cwd: string, owner: {
    uid: number;
    gid: number;
}): Promise<OutputFolder>;
/** A place in the folder, as its tree knows it. */
export declare function placeIn({ path }: OutputFolder, name: string): string;
/** The first `max` bytes of each of these files in it, read by one helper. */
export declare function readOutputs(helper: Helper, output: OutputFolder, names: readonly string[], max: number): Promise<PromiseSettledResult<Buffer>[]>;
/** Writes a file of the folder, which is made when it is not there; an older one, or a link, is replaced. */
export declare function writeOutput(helper: Helper, output: OutputFolder, name: string, text: string): Promise<void>;
/**
 * Looks whether there is room for the folders of tests, and gives what makes it: what an earlier run left there must not
 * be taken for ours. What no run of ours made is the user's, and stays.
 *
 * @throws TestingError `bad-output-folder` when something else has the place of one
 */
export declare function roomIn(helper: Helper, output: OutputFolder, folders: readonly string[]): Promise<() => Promise<void>>;
