import { ContainerizeError } from '../../errors.ts';

/** What is wrong in a rule, a flavor or an image name that the user wrote. */
export class TagError extends ContainerizeError<
  | 'bad-tag-rule'
  | 'unknown-tag-type'
  | 'bad-expression'
  | 'bad-flavor'
  | 'bad-image-name'
  | 'bad-tag'
  | 'tag-too-long'
  | 'bad-label'
> {}
