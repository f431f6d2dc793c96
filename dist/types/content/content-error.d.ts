import { ContainerizeError } from '../errors.js';
/** What can be wrong with stored blobs, and with names of images in the store. */
export declare class ContentError extends ContainerizeError<'blob-missing' | 'digest-mismatch' | 'size-mismatch' | 'blob-too-large' | 'disk-full' | 'not-a-layout' | 'no-such-image' | 'ambiguous-image' | 'no-such-platform' | 'not-an-image' | 'image-in-use'> {
}
