import { Readable } from 'node:stream';
import type { Task } from '../../progress.js';
import type { Helper } from '../../runtime/helper.js';
import type { SourceText } from './select.js';
export interface UnpackArchiveOptions {
    helper: Helper;
    /** An empty folder. */
    target: string;
    /** What the archive is called, and where. */
    text: SourceText;
    signal?: AbortSignal;
    task?: Task;
    rootless?: boolean;
}
/** Unpacks a tar, however it is compressed, into a scratch folder: for ADD, and for a context on standard input. */
export declare function unpackArchive(archive: Readable, options: UnpackArchiveOptions): Promise<void>;
