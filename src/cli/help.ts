import type { Command, CommandEntry, Option } from './command.ts';

/** `containerize COMMAND --help`. */
export function commandHelp(command: Command): string {
  const sections = [`Usage:  containerize ${command.name} ${command.usage}`.trimEnd(), '', command.summary];
  if (command.aliases !== undefined && command.aliases.length > 0) {
    sections.push(
      '',
      'Aliases:',
      `  ${[command.name, ...command.aliases].map((name) => `containerize ${name}`).join(', ')}`,
    );
  }
  const shown = command.options.filter((option) => option.refused === undefined);
  if (shown.length > 0) sections.push('', 'Options:', ...optionLines(shown));
  if (command.examples.length > 0) {
    sections.push('', 'Examples:');
    for (const [line, purpose] of command.examples) sections.push(`  # ${purpose}`, `  $ ${line}`);
  }
  return `${sections.join('\n')}\n`;
}

/** `containerize --help`: the commands in groups, then the flags that go before a command. */
export function programHelp(entries: readonly CommandEntry[], globals: readonly Option[]): string {
  const lines = [
    'Usage:  containerize [OPTIONS] COMMAND',
    '',
    'Build, run, push and roll back container images without a daemon',
  ];
  const groups = new Map<string, CommandEntry[]>();
  for (const entry of entries) {
    if (entry.hidden) continue;
    const group = entry.name.includes(' ') ? 'Groups' : (entry.group ?? 'Commands');
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  for (const [title, group] of groups) {
    if (title === 'Groups') continue;
    lines.push('', `${title}:`, ...columns(group.map((entry) => [entry.name, entry.summary])));
  }
  const families = new Map<string, string[]>();
  for (const entry of groups.get('Groups') ?? []) {
    const [family, ...rest] = entry.name.split(' ');
    families.set(family!, [...(families.get(family!) ?? []), rest.join(' ')]);
  }
  if (families.size > 0) {
    lines.push(
      '',
      'Groups of commands:',
      ...columns([...families].map(([family, names]) => [family, names.join(', ')])),
    );
  }
  lines.push('', 'Options:', ...optionLines(globals));
  lines.push('', 'Run containerize COMMAND --help for the flags and examples of a command.');
  return `${lines.join('\n')}\n`;
}

/** `containerize volume`: what is below a word that is no command by itself. */
export function groupHelp(group: string, entries: readonly CommandEntry[]): string {
  const members = entries
    .filter((entry) => !entry.hidden)
    .flatMap((entry) => {
      // one spelling of each, or `rm` and `remove` would look like two
      const name = [entry.name, ...(entry.aliases ?? [])].find((spelling) => spelling.startsWith(`${group} `));
      return name === undefined ? [] : [[name.slice(group.length + 1), entry.summary]];
    })
    .sort(([a], [b]) => (a! < b! ? -1 : 1));
  return [
    `Usage:  containerize ${group} COMMAND`,
    '',
    'Commands:',
    ...columns(members),
    '',
    `Run containerize ${group} COMMAND --help for more.`,
    '',
  ].join('\n');
}

function optionLines(options: readonly Option[]): string[] {
  const sorted = [...options].sort((a, b) => (a.name < b.name ? -1 : 1));
  return columns(
    sorted.map((option) => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `;
      const value =
        option.type === 'boolean'
          ? ''
          : option.type === 'optional'
            ? `[=${placeholder(option)}]`
            : ` ${placeholder(option)}`;
      const choices = option.choices === undefined ? '' : ` (${option.choices.join(', ')})`;
      return [`${short}--${option.name}${value}`, `${option.help}${choices}`];
    }),
  );
}

function placeholder(option: Option): string {
  return (
    option.placeholder ?? { list: 'VALUE', number: 'N', boolean: '', string: 'VALUE', optional: 'VALUE' }[option.type]
  );
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left!.length), 0));
  return rows.map(([left, right]) =>
    left!.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left!.padEnd(width)}  ${right}`,
  );
}
