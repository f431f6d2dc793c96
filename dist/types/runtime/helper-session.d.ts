import { Helper, type HelperProcess, type HelperRecord, type SpawnOptions } from './helper.js';
/**
 * A helper that stays, for work that asks it often: a new process of a program of Node's size costs milliseconds in which
 * nothing else goes on. It starts when it is first needed. {@link close} ends it; it ends with this process in any case.
 */
export declare class HelperSession extends Helper {
    #private;
    constructor(helper: Helper);
    spawn(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess;
    /** Ends the helper, and whatever it is still at. */
    close(): Promise<void>;
}
