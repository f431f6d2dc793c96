import { didYouMean } from '../errors.ts';
import { parseDuration } from './duration.ts';
import { parseError } from './error.ts';
import type { Flags } from './flags.ts';
import { heredocMark } from './heredoc.ts';
import type {
  CommandLine,
  HealthcheckInstruction,
  MountFlag,
  RunCommand,
  RunInstruction,
  ShellInstruction,
} from './instruction.ts';
import { jsonForm, looksLikeJson } from './json-form.ts';
import type { Reading } from './reading.ts';
import { parseMountFlag } from './run-mount.ts';
import { restOfLine, skipBlanks } from './words.ts';

/** CMD and ENTRYPOINT, and what follows HEALTHCHECK CMD. */
export function parseCommandLine(reading: Reading): CommandLine {
  const words = jsonForm(reading.line, reading.from);
  if (words) return { form: 'exec', args: words.map((word) => word.text) };
  const rest = restOfLine(reading.line, reading.from);
  if (rest === undefined) return { form: 'exec', args: [] };
  if (looksLikeJson(rest.text)) {
    reading.warnings.push({
      rule: 'InvalidJSONForm',
      message:
        'This looks like the JSON form but is not valid JSON, so the shell gets it as it stands: use double quotes and no comma at the end',
      location: rest.location,
    });
  }
  return { form: 'shell', text: rest.text };
}

export function parseRun(reading: Reading): RunInstruction {
  const flags = reading.flags({ mount: 'list', network: 'string', security: 'string', device: 'list' });
  const device = flags.flag('device');
  if (device) {
    throw parseError(
      'not-supported',
      device.word.location,
      'RUN --device is not supported: there are no CDI devices here',
    );
  }
  const mounts: MountFlag[] = flags.values('mount').map(parseMountFlag);
  return {
    kind: 'run',
    ...reading.common,
    command: runCommand(reading),
    mounts,
    network: choice(flags, 'network', ['default', 'none', 'host'] as const),
    security: choice(flags, 'security', ['sandbox', 'insecure'] as const),
  };
}

function choice<T extends string>(flags: Flags, name: string, choices: readonly [T, ...T[]]): T {
  const word = flags.word(name);
  if (word === undefined) return choices[0];
  const found = choices.find((c) => c === word.text);
  if (found !== undefined) return found;
  throw parseError(
    'invalid-flag',
    word.location,
    `invalid value "${word.text}" for --${name}${didYouMean(word.text, choices)}`,
    {
      hint: `expected one of ${choices.join(', ')}`,
    },
  );
}

function runCommand(reading: Reading): RunCommand {
  const command = parseCommandLine(reading);
  if (command.form === 'exec') {
    if (command.args.length === 0) reading.fail('RUN requires at least one argument', 'write RUN COMMAND');
    return command;
  }
  const { heredocs } = reading;
  const [first] = heredocs;
  if (first === undefined) return { form: 'shell', script: command.text, heredocs };
  if (heredocMark(command.text)) {
    // A document alone is the script itself; beginning with #! it is a program of its own.
    if (first.content.startsWith('#!')) return { form: 'file', name: first.name, content: first.content };
    return { form: 'shell', script: first.content, heredocs };
  }
  // The shell reads the documents: put them back behind the command.
  const documents = heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join('');
  return { form: 'shell', script: command.text + documents, heredocs };
}

export function parseShell(reading: Reading): ShellInstruction {
  reading.flags();
  const words = jsonForm(reading.line, reading.from);
  if (!words) reading.fail('SHELL requires the arguments to be in JSON form', 'for example SHELL ["/bin/bash", "-c"]');
  if (words.length === 0) reading.fail('SHELL requires at least one argument');
  return { kind: 'shell', ...reading.common, shell: words.map((word) => word.text) };
}

export function parseHealthcheck(reading: Reading): HealthcheckInstruction {
  const flags = reading.flags({
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  });
  const rest = restOfLine(reading.line, reading.from);
  if (!rest)
    reading.fail('HEALTHCHECK requires at least one argument', 'write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE');
  const type = /^\S+/.exec(rest.text)![0];
  const typeLocation = reading.line.location(reading.from, reading.from + type.length);
  reading.from = skipBlanks(reading.line.text, reading.from + type.length);
  if (type.toUpperCase() === 'NONE') {
    if (rest.text.length > type.length) reading.fail('HEALTHCHECK NONE takes no arguments');
    return { kind: 'healthcheck', ...reading.common };
  }
  if (type.toUpperCase() !== 'CMD') {
    throw parseError('invalid-argument', typeLocation, `Unknown type "${type}" in HEALTHCHECK (try CMD)`);
  }
  const command = parseCommandLine(reading);
  if (command.form === 'exec' && command.args.length === 0) reading.fail('Missing command after HEALTHCHECK CMD');
  const retries = flags.word('retries');
  if (retries && !/^\d{1,9}$/.test(retries.text)) {
    throw parseError(
      'invalid-flag',
      retries.location,
      `--retries must be a number that is not negative, found "${retries.text}"`,
    );
  }
  return {
    kind: 'healthcheck',
    ...reading.common,
    command,
    ...duration(flags, 'interval', 'interval'),
    ...duration(flags, 'timeout', 'timeout'),
    ...duration(flags, 'start-period', 'startPeriod'),
    ...duration(flags, 'start-interval', 'startInterval'),
    ...(retries ? { retries: Number(retries.text) } : {}),
  };
}

function duration<K extends string>(flags: Flags, name: string, key: K): { [P in K]?: number } {
  const word = flags.word(name);
  if (word === undefined) return {};
  const value = parseDuration(word.text);
  if (value === undefined) {
    throw parseError('invalid-flag', word.location, `invalid duration "${word.text}" for --${name}`, {
      hint: 'expected a number with a unit, such as 30s, 1m30s or 500ms',
    });
  }
  if (value < 0 || (value > 0 && value < 1e6)) {
    throw parseError(
      'invalid-flag',
      word.location,
      `--${name} ${word.text} cannot be ${value < 0 ? 'negative' : 'less than 1ms'}`,
    );
  }
  return { [key]: value } as { [P in K]?: number };
}
