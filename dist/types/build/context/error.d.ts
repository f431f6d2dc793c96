import { ContainerizeError } from '../../errors.js';
export type CopyErrorCode = 'not-found' | 'not-a-folder' | 'not-readable' | 'changed' | 'bad-name' | 'bad-destination' | 'bad-option' | 'bad-archive' | 'unknown-user' | 'checksum-mismatch' | 'download-failed' | 'not-supported';
/** A build context that cannot be read, or a COPY or ADD that cannot be done. */
export declare class CopyError extends ContainerizeError<CopyErrorCode> {
}
