import { ContainerizeError } from '../../errors.ts';

/** What can be wrong with a tar, or with an image archive inside one. */
export class ArchiveError extends ContainerizeError<
  'not-a-tar' | 'truncated-archive' | 'invalid-archive' | 'unsupported-archive' | 'empty-archive'
> {}
