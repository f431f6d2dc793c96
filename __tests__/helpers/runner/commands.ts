/** Workflow commands in a step's output, as the runner takes them. */
export interface WorkflowCommand {
  command: string;
  properties: Record<string, string>;
  data: string;
}

export interface ParsedLog {
  commands: WorkflowCommand[];
  /** What the log shows, secrets replaced by ***. */
  log: string;
  /** Names of groups in order. */
  groups: string[];
}

/**
 * Reads output as the runner does: lines end at CR, LF or both; `::name k=v::data` at a line's start and `##[name k=v;]data`
 * anywhere are commands, but between `::stop-commands::TOKEN` and `::TOKEN::`; `add-mask` hides from there on.
 */
export function parseOutput(output: string): ParsedLog {
  const commands: WorkflowCommand[] = [];
  const groups: string[] = [];
  const masks = new Set<string>();
  const shown: string[] = [];
  let stopped: string | undefined;
  for (const line of output.split(/\r\n|\r|\n/)) {
    const found = parseCommand(line);
    if (stopped !== undefined) {
      if (found?.command === stopped) stopped = undefined;
      else shown.push(hide(line, masks));
      continue;
    }
    if (found === undefined) {
      shown.push(hide(line, masks));
      continue;
    }
    if (found.command === 'stop-commands') {
      stopped = found.data;
      continue;
    }
    if (found.command === 'add-mask') masks.add(found.data);
    if (found.command === 'group') groups.push(found.data);
    commands.push(found);
    if (found.command !== 'add-mask') shown.push(hide(`[${found.command}] ${found.data}`, masks));
  }
  return { commands, groups, log: shown.join('\n') };
}

function parseCommand(line: string): WorkflowCommand | undefined {
  const two = /^\s*::([^\s:]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)$/s.exec(line);
  const match = two ?? /##\[([^\s\]]+)(?: ([^\]]*))?\](.*)$/s.exec(line);
  if (match === null) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of (match[2] ?? '').split(two ? ',' : ';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) properties[pair.slice(0, equals).trim()] = decode(pair.slice(equals + 1));
  }
  return { command: match[1]!, properties, data: decode(match[3]!) };
}

function decode(text: string): string {
  return text
    .replace(/%0D/g, '\r')
    .replace(/%0A/g, '\n')
    .replace(/%3A/g, ':')
    .replace(/%2C/g, ',')
    .replace(/%25/g, '%');
}

function hide(line: string, masks: ReadonlySet<string>): string {
  let text = line;
  for (const mask of [...masks].sort((a, b) => b.length - a.length))
    if (mask !== '') text = text.replaceAll(mask, '***');
  return text;
}

/** The files behind GITHUB_OUTPUT, GITHUB_STATE and GITHUB_ENV: `NAME=value`, `NAME<<END` … `END`. */
export function parseFileCommands(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) throw new Error(`invalid format '${line}'`);
    const [name, end] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    const body: string[] = [];
    for (i++; lines[i] !== end; i++) {
      if (i >= lines.length) throw new Error(`matching delimiter not found '${end}'`);
      body.push(lines[i]!);
    }
    values[name] = body.join('\n');
  }
  return values;
}
