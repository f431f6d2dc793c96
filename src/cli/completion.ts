import { ContainerizeError } from '../errors.ts';
import type { CommandContext } from './command.ts';
import type { CommandEntry } from './commands/index.ts';
export class CompletionError extends ContainerizeError<'unknown-shell'> {}
export async function runCompletion(
  _words: readonly string[],
  _entries: readonly CommandEntry[],
  _io: CommandContext['io'],
): Promise<number> {
  return 0;
}
