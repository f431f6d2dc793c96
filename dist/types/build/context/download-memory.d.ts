import type { Validators } from './download.js';
/** What a URL gave the last time. */
export interface KnownDownload extends Validators {
    url: string;
    name: string;
    /** sha256:… */
    digest: string;
}
/**
 * Remembers what URLs gave, so that the server can say that nothing changed instead of sending it all again: one small
 * file a URL, which anybody may delete.
 */
export declare class DownloadMemory {
    #private;
    constructor(folder: string);
    get(url: string): Promise<KnownDownload | undefined>;
    /** Only what a server can be asked about is worth remembering. */
    put(known: KnownDownload): Promise<void>;
}
