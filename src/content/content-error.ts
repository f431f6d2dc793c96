import { ContainerizeError } from '../errors.ts';

/** What can be wrong with stored blobs, and with names of images in the store. */
export class ContentError extends ContainerizeError<
  | 'blob-missing'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'blob-too-large'
  | 'disk-full'
  | 'not-a-layout'
  | 'no-such-image'
  | 'ambiguous-image'
  | 'no-such-platform'
  | 'not-an-image'
  | 'image-in-use'
> {}
