import { ContainerizeError, codeOf, messageOf, type SourceLocation } from '../../errors.ts';
import type { Progress, Task, TaskInfo } from '../../progress.ts';
import type { JobReport } from './job.ts';

/** One line of what an engine tells while it works on a job. */
export type JobEvent =
  | ({ type: 'start'; id: number } & TaskInfo)
  | { type: 'output'; id: number; stream: 'stdout' | 'stderr'; base64: string }
  | { type: 'note'; id: number; message: string }
  | { type: 'done'; id: number; cached: boolean }
  | { type: 'fail'; id: number; message: string }
  | { type: 'warn'; message: string }
  /** What is finished, in case the rest fails. */
  | { type: 'part'; report: JobReport }
  | { type: 'report'; report: JobReport }
  | { type: 'error'; error: PlainError };

/** An error as data: what a door prints of it. */
export interface PlainError {
  name: string;
  code: string;
  message: string;
  hint?: string;
  location?: SourceLocation;
  /** The last lines of a failed program. */
  output?: readonly string[];
  cause?: PlainError;
}

/**
 * Progress that becomes events. How far transfers are is left out: nobody draws bars from a log. `room` says when
 * there is room for more output; undefined: now.
 */
export function eventProgress(
  emit: (event: JobEvent) => void,
  room: () => Promise<void> | undefined = () => undefined,
): Progress {
  let count = 0;
  return {
    start(info) {
      const id = ++count;
      emit({ type: 'start', id, ...info });
      return {
        output(stream, chunk) {
          emit({ type: 'output', id, stream, base64: Buffer.from(chunk).toString('base64') });
          return room();
        },
        progress: () => {},
        note: (message) => emit({ type: 'note', id, message }),
        done: (result) => emit({ type: 'done', id, cached: result?.cached ?? false }),
        fail: (error) => emit({ type: 'fail', id, message: messageOf(error) }),
      };
    },
    warn: (message) => emit({ type: 'warn', message }),
  };
}

/** Plays events to a progress; gives the tasks' failures as plain errors. */
export class EventPlayer {
  readonly #progress: Progress;
  readonly #tasks = new Map<number, Task>();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** A promise asks to wait for it before the next one. */
  play(event: JobEvent): Promise<void> | void {
    switch (event.type) {
      case 'start':
        this.#tasks.set(
          event.id,
          this.#progress.start({ name: event.name, ...(event.group === undefined ? {} : { group: event.group }) }),
        );
        return;
      case 'output':
        return this.#tasks.get(event.id)?.output(event.stream, Buffer.from(event.base64, 'base64'));
      case 'note':
        this.#tasks.get(event.id)?.note(event.message);
        return;
      case 'done':
        this.#tasks.get(event.id)?.done({ cached: event.cached });
        this.#tasks.delete(event.id);
        return;
      case 'fail':
        this.#tasks.get(event.id)?.fail(new Error(event.message));
        this.#tasks.delete(event.id);
        return;
      case 'warn':
        this.#progress.warn(event.message);
    }
  }
}

export function plainError(error: unknown): PlainError {
  const typed = error instanceof ContainerizeError ? error : undefined;
  const output = (error as { output?: unknown } | null)?.output;
  const cause = error instanceof Error && error.cause !== undefined && error.cause !== error ? error.cause : undefined;
  return {
    name: error instanceof Error ? error.name : 'Error',
    code: codeOf(error) ?? '',
    message: messageOf(error),
    ...(typed?.hint === undefined ? {} : { hint: typed.hint }),
    ...(typed?.location === undefined ? {} : { location: typed.location }),
    ...(Array.isArray(output) ? { output: output.filter((line) => typeof line === 'string') } : {}),
    ...(cause === undefined ? {} : { cause: plainError(cause) }),
  };
}

/** An error of the engine's, on the door's side. */
export class EngineError extends ContainerizeError {
  readonly output: readonly string[] | undefined;

  constructor(plain: PlainError) {
    super(plain.code, plain.message, {
      hint: plain.hint,
      location: plain.location,
      ...(plain.cause === undefined ? {} : { cause: new EngineError(plain.cause) }),
    });
    this.name = plain.name;
    this.output = plain.output;
  }
}
