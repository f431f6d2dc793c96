import { causesOf, codeOf } from '../errors.ts';
import { UsageError } from './arguments.ts';

/**
 * What the process exits with. A container's own status is passed on as it is; docker's three codes stand for what
 * happened before there was one; the rest follows sysexits.h, so that a script can tell the causes apart.
 */
export const EXIT = {
  done: 0,
  failed: 1,
  /** What the user wrote is wrong: a Dockerfile, an image name, a config file. */
  badInput: 65,
  /** A registry or a network is not there. */
  unavailable: 69,
  /** The disk is full, a file cannot be read or written. */
  inputOutput: 74,
  /** Not logged in, or no privileges. */
  denied: 77,
  /** Misuse of the command line; for `run`: whatever went wrong before the container existed. */
  misuse: 125,
  /** The container's command cannot be executed. */
  notExecutable: 126,
  /** The container's command was not found. */
  commandNotFound: 127,
  interrupted: 130,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  'invalid-reference': EXIT.badInput,
  'invalid-digest': EXIT.badInput,
  'invalid-platform': EXIT.badInput,
  'invalid-image-config': EXIT.badInput,
  'invalid-manifest': EXIT.badInput,
  'syntax-error': EXIT.badInput,
  unauthorized: EXIT.denied,
  denied: EXIT.denied,
  'no-privileges': EXIT.denied,
  EACCES: EXIT.denied,
  EPERM: EXIT.denied,
  unavailable: EXIT.unavailable,
  ECONNREFUSED: EXIT.unavailable,
  ENOTFOUND: EXIT.unavailable,
  EAI_AGAIN: EXIT.unavailable,
  ETIMEDOUT: EXIT.unavailable,
  ENOSPC: EXIT.inputOutput,
  EDQUOT: EXIT.inputOutput,
  EIO: EXIT.inputOutput,
  EROFS: EXIT.inputOutput,
  'disk-full': EXIT.inputOutput,
};

/** Commands whose exit code is a container's: what fails before it must not look like the container's own status. */
const CONTAINER_COMMANDS = new Set(['run', 'exec']);

/** The exit code for an error that ended `command`. */
export function exitCodeOf(error: unknown, command?: string): number {
  if (error instanceof UsageError) return EXIT.misuse;
  const chain = causesOf(error);
  if (command !== undefined && (CONTAINER_COMMANDS.has(command) || command === 'start')) {
    for (const e of chain) {
      if (codeOf(e) === 'not-found' && e instanceof Error && e.name === 'RuntimeError') return EXIT.commandNotFound;
      if (codeOf(e) === 'not-executable') return EXIT.notExecutable;
    }
  }
  if (isInterruption(error)) return EXIT.interrupted;
  if (command !== undefined && CONTAINER_COMMANDS.has(command)) return EXIT.misuse;
  for (const e of chain) {
    const exit = BY_CODE[codeOf(e) ?? ''];
    if (exit !== undefined) return exit;
  }
  return EXIT.failed;
}

/** True when the work ended because the user or the door stopped it. */
export function isInterruption(error: unknown): boolean {
  return causesOf(error).some(
    (e) => (e as { name?: unknown } | null)?.name === 'AbortError' || codeOf(e) === 'ABORT_ERR',
  );
}
