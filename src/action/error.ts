import { ContainerizeError } from '../errors.ts';

export type ActionErrorCode =
  /** An input has a value that cannot be. */
  | 'bad-input'
  /** An input that the command needs is missing. */
  | 'missing-input'
  /** An input asks for what is not there yet. */
  | 'not-yet'
  | 'unsupported-system'
  | 'empty-workspace'
  | 'login-failed'
  | 'cancelled'
  /** The engine ended without an answer. */
  | 'engine-lost';

/** What a step of a workflow cannot do, and what its author can change. */
export class ActionError extends ContainerizeError<ActionErrorCode> {}
