import { closest } from '../errors.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { CommandContext, CommandEntry } from './command.ts';
import { reportError } from './report-error.ts';

/** The command that the words name, and the words left for it; `group` when they name only the first half of one. */
export type Found = { entry: CommandEntry; rest: readonly string[] } | { group: string };

/** Finds `ps`, `volume ls`, or docker's `container ps`: the longest spelling wins. */
export function findCommand(entries: readonly CommandEntry[], words: readonly string[]): Found {
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const spelling = words.slice(0, length).join(' ');
    const entry = entries.find((e) => e.name === spelling || e.aliases?.includes(spelling));
    if (entry !== undefined) return { entry, rest: words.slice(length) };
  }
  const first = words[0]!;
  const groups = new Set(entries.flatMap((e) => (e.name.includes(' ') ? [e.name.split(' ')[0]!] : [])));
  const second = words[1];
  if (groups.has(first)) {
    if (second === undefined || second === '--help' || second === '-h') return { group: first };
    throw unknown(`${first} ${second}`, entries, first);
  }
  throw unknown(first, entries);
}

/** Runs one command to its exit code; every error is printed here and nowhere else. */
export async function dispatch(
  entry: CommandEntry,
  words: readonly string[],
  context: CommandContext,
  options: { debug?: boolean } = {},
): Promise<number> {
  try {
    const { command } = await entry.load();
    const parsed = parseArguments(command, words);
    if (parsed.help) {
      const { commandHelp } = await import('./help.ts');
      context.io.stdout.write(commandHelp(command));
      return 0;
    }
    return await command.run(parsed.arguments, context);
  } catch (error) {
    return await reportError(error, context, { ...options, command: entry.name });
  }
}

function unknown(word: string, entries: readonly CommandEntry[], group?: string): UsageError {
  const names = entries.filter((e) => !e.hidden).flatMap((e) => [e.name, ...(e.aliases ?? [])]);
  const guess = closest(word, names);
  const meant = guess === undefined ? '' : ` (did you mean ${guess}?)`;
  return new UsageError('unknown-command', `unknown command: ${word}${meant}`, {
    hint: `see containerize ${group === undefined ? '' : `${group} `}--help`,
  });
}
