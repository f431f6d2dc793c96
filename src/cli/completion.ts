import { ContainerizeError, didYouMean } from '../errors.ts';
import type { CommandEntry, Option, Terminal } from './command.ts';
import { GLOBAL_OPTIONS } from './settings.ts';

export class CompletionError extends ContainerizeError<'unknown-shell'> {}

const SHELLS: Readonly<Record<string, string>> = {
  bash: `# bash: put this into ~/.bashrc:  source <(containerize completion bash)
_containerize() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "$(containerize __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1)" -- "$word"))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _containerize containerize
`,
  zsh: `#compdef containerize
# zsh: put this into a file named _containerize in a folder of $fpath
_containerize() {
  local -a found
  local line
  while IFS=$'\\t' read -r word text; do found+=("\${word//:/\\\\:}:$text"); done < <(containerize __complete "\${words[@]:1:CURRENT-1}" 2>/dev/null)
  if (( \${#found} )); then _describe containerize found; else _files; fi
}
compdef _containerize containerize
`,
  fish: `# fish: containerize completion fish > ~/.config/fish/completions/containerize.fish
complete -c containerize -f -a '(containerize __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

/** `completion SHELL` prints a script; the script calls `__complete WORDS…` for what may come next, one a line. */
export async function runCompletion(
  words: readonly string[],
  entries: readonly CommandEntry[],
  io: Pick<Terminal, 'stdout'>,
): Promise<number> {
  const [verb, ...rest] = words;
  if (verb === '__complete') {
    for (const [word, text] of await candidates(rest, entries)) io.stdout.write(`${word}\t${text}\n`);
    return 0;
  }
  const shell = rest[0];
  if (shell === undefined || shell === '--help' || shell === '-h') {
    io.stdout.write(
      'Usage:  containerize completion bash|zsh|fish\n\nPrint the script that completes commands and flags in your shell\n',
    );
    return shell === undefined ? 1 : 0;
  }
  const script = SHELLS[shell];
  if (script === undefined) {
    throw new CompletionError(
      'unknown-shell',
      `completion: expected bash, zsh or fish, found "${shell.slice(0, 60)}"${didYouMean(shell, Object.keys(SHELLS))}`,
    );
  }
  io.stdout.write(script);
  return 0;
}

/** What may stand at the last of these words: commands, or flags of the command that the words before name. */
export async function candidates(
  words: readonly string[],
  entries: readonly CommandEntry[],
): Promise<[word: string, text: string][]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1).filter((word) => !word.startsWith('-'));
  const shown = entries.filter((entry) => !entry.hidden);
  const entry = longest(before, shown);
  if (entry !== undefined) {
    const { command } = await entry.load();
    const previous = words.at(-2) ?? '';
    const option = command.options.find((o) => previous === `--${o.name}` || previous === `-${o.short}`);
    if (option?.choices !== undefined)
      return option.choices.filter((choice) => choice.startsWith(last)).map((choice) => [choice, option.help]);
    return last.startsWith('-') ? flags(command.options, last) : [];
  }
  if (last.startsWith('-')) return flags(GLOBAL_OPTIONS, last);
  const prefix = before.length === 0 ? '' : `${before.join(' ')} `;
  const found = new Map<string, string>();
  for (const { name, summary, aliases = [] } of shown) {
    for (const spelling of [name, ...aliases]) {
      if (!spelling.startsWith(prefix)) continue;
      const [next, ...more] = spelling.slice(prefix.length).split(' ');
      if (!next!.startsWith(last) || found.has(next!)) continue;
      // docker's spellings in groups are known, but not offered beside the short ones
      if (prefix === '' && spelling !== name) continue;
      found.set(next!, more.length > 0 ? 'commands' : summary);
    }
  }
  return [...found];
}

function longest(words: readonly string[], entries: readonly CommandEntry[]): CommandEntry | undefined {
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const spelling = words.slice(0, length).join(' ');
    const entry = entries.find((e) => e.name === spelling || e.aliases?.includes(spelling));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function flags(options: readonly Option[], typed: string): [string, string][] {
  return options
    .filter((option) => option.refused === undefined && `--${option.name}`.startsWith(typed))
    .map((option): [string, string] => [`--${option.name}`, option.help])
    .sort();
}
