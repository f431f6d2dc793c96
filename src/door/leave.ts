import { accessSync, constants, readFileSync } from 'node:fs';

/** What only ends: a shell is on every system that Node runs on. */
const SHELL = '/bin/sh';
/** open(2): O_NONBLOCK on Linux, as /proc/PID/fdinfo/FD shows it in octal. */
const NONBLOCK = 0o4000;

/**
 * Ends this process with a code. Node's own end waits for the threads that compile in the background, and those may wait
 * for a garbage collection that never comes any more: once in some thousand runs a command that is done would stay for
 * ever. So the process becomes a shell that does nothing but end, which takes all threads away at once. Where that
 * cannot be done without leaving something behind, Node ends it.
 */
export function leave(code: number): never {
  process.exitCode = code;
  if (canBecomeShell()) {
    process.emit('exit', code);
    becomeShell(Number(process.exitCode ?? code));
  }
  return process.exit();
}

function canBecomeShell(): boolean {
  if (typeof process.execve !== 'function') return false;
  // profiles, coverage and the like are written by Node's own end
  if (process.execArgv.some((word) => word !== '--disable-warning=ExperimentalWarning')) return false;
  if (process.env.NODE_OPTIONS || process.env.NODE_V8_COVERAGE) return false;
  try {
    accessSync(SHELL, constants.X_OK);
    return [0, 1, 2].every(isAsItWas);
  } catch {
    return false;
  }
}

/** Others may have the same pipe: it is not left non-blocking. */
function isAsItWas(descriptor: number): boolean {
  if (!isNonBlocking(descriptor)) return true;
  const stream = [process.stdin, process.stdout, process.stderr][descriptor] as { _handle?: Blocking | null };
  stream._handle?.setBlocking?.(true);
  return !isNonBlocking(descriptor);
}

/** libuv's stream: the same that Node does for pipes of its standard output. */
interface Blocking {
  setBlocking?(on: boolean): number;
}

function isNonBlocking(descriptor: number): boolean {
  try {
    const [, flags = '0'] = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? [];
    return (Number.parseInt(flags, 8) & NONBLOCK) !== 0;
  } catch {
    // it is closed
    return false;
  }
}

function becomeShell(code: number): void {
  process.execve!(SHELL, ['sh', '-c', `exit ${code & 0xff}`], {});
}
