import { type Stats } from 'node:fs';
import { CopyError } from './error.js';
/**
 * sha256 of files. Small ones are digested at once; larger ones on libuv's threads, several at a time, bounded in
 * bytes. A file that is not the same after reading as it was before is an error: its digest would say nothing.
 */
export declare class FileDigester {
    #private;
    /** `shown` is the path for messages. The promise inside is not awaited, so that the caller can walk on. */
    digest(path: string, before: Stats, shown: string): Promise<{
        digest: Buffer | Promise<Buffer>;
    }>;
}
/** The same file with the same content, as far as the kernel tells. */
export declare function sameFile(a: Stats, b: Stats): boolean;
export declare function changed(shown: string): CopyError;
export declare function unreadable(error: unknown, shown: string): CopyError;
