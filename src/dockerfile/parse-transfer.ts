import { parseError } from './error.ts';
import { heredocMark } from './heredoc.ts';
import type { AddInstruction, CopyInstruction, Heredoc, Word } from './instruction.ts';
import { jsonForm } from './json-form.ts';
import type { Reading } from './reading.ts';
import { plainWords } from './words.ts';

export function parseCopy(reading: Reading): CopyInstruction {
  const flags = reading.flags({
    from: 'string',
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'list',
  });
  const from = flags.word('from');
  if (from?.text.includes('$')) {
    throw parseError(
      'invalid-flag',
      from.location,
      'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
      { hint: `write FROM ${from.text} AS name above, and --from=name here` },
    );
  }
  return {
    kind: 'copy',
    ...reading.common,
    ...transfer(reading, 'COPY'),
    ...optional('chown', flags.word('chown')),
    ...optional('chmod', flags.word('chmod')),
    ...optional('from', from),
    link: flags.boolean('link') ?? false,
    parents: flags.boolean('parents') ?? false,
    exclude: flags.words('exclude'),
  };
}

export function parseAdd(reading: Reading): AddInstruction {
  const flags = reading.flags({
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    exclude: 'list',
    checksum: 'string',
    'keep-git-dir': 'boolean',
    unpack: 'boolean',
  });
  const unpack = flags.boolean('unpack');
  return {
    kind: 'add',
    ...reading.common,
    ...transfer(reading, 'ADD'),
    ...optional('chown', flags.word('chown')),
    ...optional('chmod', flags.word('chmod')),
    ...optional('checksum', flags.word('checksum')),
    link: flags.boolean('link') ?? false,
    keepGitDir: flags.boolean('keep-git-dir') ?? false,
    ...(unpack === undefined ? {} : { unpack }),
    exclude: flags.words('exclude'),
  };
}

function optional<K extends string>(key: K, word: Word | undefined): { [P in K]?: Word } {
  return (word === undefined ? {} : { [key]: word }) as { [P in K]?: Word };
}

function transfer(reading: Reading, name: string): { sources: Word[]; heredocs: Heredoc[]; destination: Word } {
  const words = jsonForm(reading.line, reading.from) ?? plainWords(reading.line, reading.from);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    throw parseError(
      'invalid-argument',
      reading.common.location,
      destination === undefined
        ? `${name} requires at least two arguments, but none was provided`
        : `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
      { hint: `write ${name} SOURCE... DESTINATION` },
    );
  }
  if (heredocMark(destination.text)) {
    throw parseError('invalid-argument', destination.location, `${name} cannot accept a heredoc as a destination`);
  }
  const sources: Word[] = [];
  const heredocs: Heredoc[] = [];
  for (const word of words.slice(0, -1)) {
    const mark = heredocMark(word.text);
    const heredoc = mark && reading.heredocs.find((h) => h.name === mark.name);
    if (heredoc) heredocs.push(heredoc);
    else sources.push(word);
  }
  return { sources, heredocs, destination };
}
