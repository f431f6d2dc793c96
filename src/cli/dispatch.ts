import { closest } from '../errors.ts';
import { parseArguments, UsageError } from './arguments.ts';
import type { CommandContext, CommandEntry } from './command.ts';
import { reportError } from './report-error.ts';

/** Words that docker's users type and that are not done here: why, and what to do instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  events: 'nobody watches all containers here: there is no daemon; see containerize wait, logs --follow and inspect',
  network: 'named networks come with a later version; --network host (the default) and --network none are here',
  compose: 'projects of several containers come with a later version',
  context: 'there is no daemon to choose: containerize works on this machine',
  swarm: 'clusters are not what containerize is for',
  node: 'clusters are not what containerize is for',
  service: 'clusters are not what containerize is for',
  stack: 'clusters are not what containerize is for',
  secret: 'secrets of clusters are not here; a build takes them with build --secret',
  config: 'clusters are not what containerize is for',
  plugin: 'there are no plugins',
  trust: 'content trust (Notary) is not done here',
  manifest: 'an image for several platforms is built and pushed with build --platform A,B --push',
  checkpoint: 'checkpoints are not done here',
};

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
  const why = ELSEWHERE[words[0] === 'system' || words[0] === 'container' ? (words[1] ?? '') : first];
  if (why !== undefined) throw new UsageError('unknown-command', `${words.slice(0, 2).join(' ')}: ${why}`);
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
