import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.js';
import { ContentError } from './content-error.js';
/** Up to this size a blob is read at once, without Node's threads, which cost more than the reading; above it is streamed. */
export declare const SMALL: number;
/** The bytes of an open file, which fail where they are not the blob's. `onDamage` gives the error to fail with. */
export declare function verifiedBlob(file: number, path: string, descriptor: Descriptor, onDamage: (error: ContentError) => Promise<ContentError>): Promise<Readable>;
/** The bytes of an open file that has the blob's size. */
export declare function uncheckedBlob(file: number, path: string, descriptor: Descriptor): Readable;
