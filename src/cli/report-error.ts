import { causesOf, codeOf } from '../errors.ts';
import type { CommandContext } from './command.ts';
import { exitCodeOf, isInterruption } from './exit-code.ts';
import { wantsColor } from './paint.ts';

/** Prints the error and gives the exit code for it. */
export async function reportError(
  error: unknown,
  context: Pick<CommandContext, 'io' | 'env' | 'signal'>,
  options: { debug?: boolean; command?: string } = {},
): Promise<number> {
  // who pressed Ctrl-C knows why it ended, and nobody hears that the reader of a pipe left
  const known = context.signal.aborted && (isInterruption(error) || causesOf(error).some((e) => codeOf(e) === 'EPIPE'));
  if (!known || options.debug) {
    const { formatError } = await import('./print-error.ts');
    const color = wantsColor(context.env, context.io.isTerminal.stderr);
    context.io.stderr.write(formatError(error, { debug: options.debug ?? false, color }));
  }
  return exitCodeOf(error, options.command);
}
