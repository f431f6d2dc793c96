import type { Socket } from 'node:net';
import type { HelperProcess, HelperRecord, SpawnOptions } from './helper.js';
import { HelperError } from './helper-error.js';
/** One of the ways into a helper that serves (native/serve.c): carries out one list of records at a time. */
export declare class Lane {
    #private;
    readonly binary: string;
    readonly reports: Socket;
    readonly output: Socket;
    /** `kill` ends what it is at; `lost` hears that the helper's end is gone, and tells why as soon as that is known. */
    constructor(binary: string, reports: Socket, output: Socket, kill: () => void, lost: () => Promise<HelperError | undefined>);
    get isFree(): boolean;
    run(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess;
    close(): void;
}
