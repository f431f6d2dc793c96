import { Transform, type TransformCallback } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.js';
import { Digester } from '../oci/digest.js';
import { ContentError } from './content-error.js';
/**
 * Passes a blob's bytes on and checks them against its descriptor: fails as soon as there are more bytes than
 * announced (an endless body ends here), and at the end when size or digest differ. The last bytes may have been
 * passed on by then: who reads must not believe them before the end.
 */
export declare class VerifiedStream extends Transform {
    #private;
    /**
     * `where` tells in errors what was read: a file, a URL without secrets. `onDamage` is awaited before the stream fails
     * because of what it read, and gives the error to fail with.
     */
    constructor(descriptor: Descriptor, where: string, onDamage?: (error: ContentError) => Promise<ContentError>);
    _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void;
    _flush(done: TransformCallback): void;
}
export declare function digesterFor(descriptor: Descriptor): Digester;
/** What is wrong with a blob whose bytes went through `digester`, or null. */
export declare function mismatch(descriptor: Descriptor, digester: Digester, where: string): ContentError | null;
