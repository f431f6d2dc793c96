import { ContainerizeError } from '../../errors.ts';

/** What is wrong in `containerize.yml`, and where. */
export class ConfigError extends ContainerizeError<
  | 'bad-yaml'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'bad-value'
  | 'bad-combination'
  | 'bad-variable'
  | 'unknown-image'
  | 'cycle'
  | 'no-config'
> {}
