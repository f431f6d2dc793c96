import { didYouMean } from '../errors.ts';
import { parseError } from './error.ts';
import type {
  ArgInstruction,
  FromInstruction,
  Heredoc,
  Instruction,
  KeyValue,
  OnbuildInstruction,
  StageInstruction,
  VolumeInstruction,
  Warning,
} from './instruction.ts';
import { jsonForm } from './json-form.ts';
import type { Statement } from './lines.ts';
import { parseCommandLine, parseHealthcheck, parseRun, parseShell } from './parse-command.ts';
import { parseAdd, parseCopy } from './parse-transfer.ts';
import { Reading } from './reading.ts';
import type { LogicalLine } from './source.ts';
import { plainWords, quotedWords, restOfLine, skipBlanks } from './words.ts';

const PARSERS: Record<string, (reading: Reading) => Instruction> = {
  ADD: parseAdd,
  ARG: parseArg,
  CMD: withoutFlags((r) => ({ kind: 'cmd', ...r.common, command: parseCommandLine(r) })),
  COPY: parseCopy,
  ENTRYPOINT: withoutFlags((r) => ({ kind: 'entrypoint', ...r.common, command: parseCommandLine(r) })),
  ENV: withoutFlags((r) => ({ kind: 'env', ...r.common, pairs: parsePairs(r) })),
  EXPOSE: withoutFlags((r) => ({ kind: 'expose', ...r.common, ports: atLeastOne(r) })),
  FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck,
  LABEL: withoutFlags((r) => ({ kind: 'label', ...r.common, pairs: parsePairs(r) })),
  MAINTAINER: withoutFlags((r) => ({ kind: 'maintainer', ...r.common, author: r.only().text })),
  ONBUILD: parseOnbuild,
  RUN: parseRun,
  SHELL: parseShell,
  STOPSIGNAL: withoutFlags((r) => ({ kind: 'stopsignal', ...r.common, signal: r.only() })),
  USER: withoutFlags((r) => ({ kind: 'user', ...r.common, user: r.only() })),
  VOLUME: parseVolume,
  WORKDIR: withoutFlags((r) => ({ kind: 'workdir', ...r.common, path: r.only() })),
};

/** Refuses every flag, by name. */
function withoutFlags(parse: (reading: Reading) => Instruction): (reading: Reading) => Instruction {
  return (reading) => {
    reading.flags();
    return parse(reading);
  };
}

/** Names of all instructions, upper-cased. */
const INSTRUCTIONS: readonly string[] = Object.keys(PARSERS);

export function parseInstruction(statement: Statement, escapeChar: '\\' | '`', warnings: Warning[]): Instruction {
  const { line, heredocs, comments } = statement;
  const start = skipBlanks(line.text, 0);
  return parseAt(line, start, { end: statement.end, comments, heredocs, escape: escapeChar, warnings });
}

interface Surroundings {
  end: number;
  comments: readonly string[];
  heredocs: readonly Heredoc[];
  escape: '\\' | '`';
  warnings: Warning[];
}

function parseAt(line: LogicalLine, start: number, around: Surroundings): Instruction {
  const keyword = /[^\t\v\f\r ]*/y;
  keyword.lastIndex = start;
  const written = keyword.exec(line.text)![0];
  const name = written.toUpperCase();
  const parser = Object.hasOwn(PARSERS, name) ? PARSERS[name] : undefined;
  if (!parser) {
    const shown = written.length > 60 ? `${written.slice(0, 60)}…` : written;
    throw parseError(
      'unknown-instruction',
      line.location(start, start + written.length),
      `unknown instruction: ${shown}${didYouMean(name.slice(0, 30), INSTRUCTIONS)}`,
      { hint: `expected one of ${INSTRUCTIONS.join(', ')}` },
    );
  }
  const from = skipBlanks(line.text, start + written.length);
  const first = line.location(start, start + 1);
  const last = line.source.location(Math.max(0, around.end - 1), around.end);
  return parser(
    new Reading({
      line,
      from,
      keyword: name,
      escape: around.escape,
      heredocs: around.heredocs,
      warnings: around.warnings,
      common: {
        location: { ...first, endLine: last.endLine!, endColumn: last.endColumn! },
        original: `${name} ${line.text.slice(from).trim()}`.trimEnd(),
        comments: around.comments,
      },
    }),
  );
}

function parseFrom(reading: Reading): FromInstruction {
  const flags = reading.flags({ platform: 'string' });
  const [base, as, name, ...more] = plainWords(reading.line, reading.from);
  if (!base || more.length > 0 || (as !== undefined && (name === undefined || as.text.toUpperCase() !== 'AS'))) {
    reading.fail('FROM requires either one or three arguments', 'write FROM IMAGE or FROM IMAGE AS NAME');
  }
  if (name && !/^[a-z][a-z0-9-_.]*$/i.test(name.text)) {
    throw parseError(
      'invalid-argument',
      name.location,
      `invalid name for build stage: "${name.text}", name can't start with a number or contain symbols`,
      { hint: 'a name begins with a letter and goes on with letters, digits, -, _ and .' },
    );
  }
  const platform = flags.word('platform');
  return {
    kind: 'from',
    ...reading.common,
    base,
    ...(platform ? { platform } : {}),
    ...(name ? { name: name.text.toLowerCase() } : {}),
  };
}

function parseArg(reading: Reading): ArgInstruction {
  reading.flags();
  const words = quotedWords(reading.line, reading.from, reading.escape);
  if (words.length === 0) reading.fail('ARG requires at least one argument', 'write ARG NAME or ARG NAME=DEFAULT');
  return {
    kind: 'arg',
    ...reading.common,
    args: words.map(({ word, from }) => {
      const equals = word.text.indexOf('=');
      if (equals === 0) throw parseError('invalid-argument', word.location, 'ARG names can not be blank');
      if (equals === -1) return { name: word.text, location: word.location };
      const end = from + word.text.length;
      const value = { text: word.text.slice(equals + 1), location: reading.line.location(from + equals + 1, end) };
      return { name: word.text.slice(0, equals), value, location: word.location };
    }),
  };
}

/** `K=V K2=V2 …`, or the old `K the rest of the line`. */
function parsePairs(reading: Reading): KeyValue[] {
  const { line, from, keyword } = reading;
  const words = quotedWords(line, from, reading.escape);
  const [first] = words;
  if (!first) reading.fail(`${keyword} requires at least one argument`, `write ${keyword} NAME=VALUE`);
  if (!first.word.text.includes('=')) {
    const name = plainWords(line, from)[0]!;
    const value = restOfLine(line, from + name.text.length);
    if (value === undefined) reading.fail(`${keyword} must have two arguments`, `write ${keyword} ${name.text}=VALUE`);
    return [{ key: name, value }];
  }
  return words.map(({ word, from: at }) => {
    const equals = word.text.indexOf('=');
    if (equals === -1) {
      throw parseError(
        'invalid-argument',
        word.location,
        `Syntax error - can't find = in "${word.text}". Must be of the form: name=value`,
        { hint: 'a value with blanks needs quotes around it' },
      );
    }
    if (equals === 0) throw parseError('invalid-argument', word.location, `${keyword} names can not be blank`);
    return {
      key: line.word(at, at + equals),
      value: {
        text: word.text.slice(equals + 1),
        location: line.location(at + equals + 1, at + word.text.length),
      },
    };
  });
}

function atLeastOne(reading: Reading) {
  const words = plainWords(reading.line, reading.from);
  if (words.length === 0) reading.fail(`${reading.keyword} requires at least one argument`);
  return words;
}

function parseVolume(reading: Reading): VolumeInstruction {
  reading.flags();
  const paths = jsonForm(reading.line, reading.from) ?? plainWords(reading.line, reading.from);
  if (paths.length === 0) reading.fail('VOLUME requires at least one argument');
  for (const path of paths) {
    if (path.text.trim() === '') {
      throw parseError('invalid-argument', path.location, 'VOLUME specified can not be an empty string');
    }
  }
  return { kind: 'volume', ...reading.common, paths };
}

function parseOnbuild(reading: Reading): OnbuildInstruction {
  reading.flags();
  const { line, from, heredocs, common } = reading;
  const rest = restOfLine(line, from);
  if (rest === undefined) reading.fail('ONBUILD requires at least one argument', 'write ONBUILD INSTRUCTION');
  const word = /^\S+/.exec(rest.text)![0];
  const name = word.toUpperCase();
  if (name === 'ONBUILD' || name === 'FROM' || name === 'MAINTAINER') {
    throw parseError(
      'invalid-argument',
      line.location(from, from + word.length),
      name === 'ONBUILD'
        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        : `${name} isn't allowed as an ONBUILD trigger`,
    );
  }
  const end = line.source.lineStarts[common.location.endLine! - 1]! + common.location.endColumn! - 1;
  const trigger = parseAt(line, from, {
    end,
    comments: [],
    heredocs,
    escape: reading.escape,
    warnings: reading.warnings,
  }) as StageInstruction;
  const documents = heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join('');
  return { kind: 'onbuild', ...common, expression: rest.text + documents, trigger };
}
