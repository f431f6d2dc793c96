import type { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.js';
import type { Connection, TransferOptions } from './connection.js';
export interface PushBlobOptions extends TransferOptions {
    /** Bytes in a chunk; without it a blob goes in one request. */
    chunkSize?: number | undefined;
    /** Repository of the same registry to mount the blob from. */
    mountFrom?: string | undefined;
}
/** Opens a blob's bytes from `start` up to and without `end`; called again when something has to be sent again. */
export type OpenBlob = (start: number, end: number) => Promise<Readable>;
/** Blobs of one repository. */
export declare class RemoteBlobs {
    #private;
    constructor(to: Connection);
    /** A stream that survives lost connections; `verify` checks the digest too. */
    fetch(descriptor: Descriptor, options: TransferOptions, verify: boolean): Promise<Readable>;
    /** Sends a blob, or has it mounted. `has` tells whether it is there: an answer that was lost may have been a success. */
    push(descriptor: Descriptor, open: OpenBlob, has: () => Promise<boolean>, options?: PushBlobOptions & {
        once?: boolean;
    }): Promise<'pushed' | 'mounted'>;
    /** Makes a blob of another repository of the same registry ours, without sending it; false when the registry does not. */
    mount(descriptor: Descriptor, fromRepository: string, options?: TransferOptions): Promise<boolean>;
}
