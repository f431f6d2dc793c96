import type { Helper } from '../runtime/helper.js';
/**
 * Where everything is, under the folder of the snapshots:
 *
 * - `l/NAME`: one unpacked layer; `l/e` and `l/f` are empty folders. Names are short, so that hundreds fit into one page of mount
 *   options, which is all that old kernels take.
 * - `c/HEX`: one record for each chain ID that is unpacked; what has no record is not there. Records appear whole.
 * - `p/KEY`: prepared snapshots, `fs` is the writable folder.
 * - `t/TOKEN-…`: what a process is making or throwing away, named after it: swept when it is dead.
 * - `u/TOKEN-HEX`: a process uses a chain: protects it from collection while the process lives.
 * - `locks/HEX`: who unpacks a chain.
 * - `swept`: its time is that of the last sweep.
 */
export declare class Places {
    #private;
    readonly root: string;
    constructor(root: string, helper: Helper);
    get layers(): string;
    layer(name: string): string;
    chain(hex: string): string;
    prepared(key: string): string;
    lock(hex: string): string;
    /** A name that nobody else uses, below `t`. */
    temporary(what: string): string;
    /**
     * A new empty layer folder. The mark beside it says that it is being made: a layer folder with neither a record nor
     * the mark of a living process is swept.
     */
    newLayer(): Promise<{
        name: string;
        mark: string;
    }>;
    /** Whether the last sweep is no older than this; if it is, notes that one begins now. */
    sweptWithin(milliseconds: number): boolean;
    /** Removes a folder with all it holds, of whatever owner and mode. It is out of the way at once. */
    discard(path: string): Promise<void>;
    /** Removes something below `t` by its path. */
    removeTemporary(path: string): Promise<void>;
}
