import type { Readable } from 'node:stream';
import type { Digester } from '../oci/digest.js';
/**
 * Makes the file `path`. Writes and hashes in step: the disk works on one chunk while the next is digested. Stops when
 * there is more than `max`.
 */
export declare function writeBlob(path: string, body: Readable, digester: Digester, max: number): Promise<void>;
/** Makes a file last over a power cut; false when there is no such file. */
export declare function flushFile(path: string): Promise<boolean>;
/** Says that the file is in use now. */
export declare function touch(path: string): void;
