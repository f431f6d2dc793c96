import { ContainerizeError } from './errors.ts';

export class ListError extends ContainerizeError<'unclosed-quote'> {}

export interface ListOptions {
  /** A comma is part of the item, as in labels and build arguments; otherwise it separates items. */
  ignoreComma?: boolean;
  /** Lines that begin with this are comments. */
  comment?: string;
  /** Quotes are ordinary characters, as in outputs. */
  noQuotes?: boolean;
  /** Items keep their blanks, as secrets do. */
  keepBlanks?: boolean;
  /** What the text is, for errors: `input tags`. */
  name?: string;
}

/** One item with the line that it began in, from 1. */
export interface ListItem {
  text: string;
  line: number;
}

/**
 * Reads a list the way the docker actions do: CSV over the whole text, one record a line, fields in quotes may hold
 * commas, line ends and doubled quotes; a quote inside an unquoted field is itself. Blank items are left out.
 * @throws ListError `unclosed-quote`
 */
export function parseListItems(text: string, options: ListOptions = {}): ListItem[] {
  const items: ListItem[] = [];
  for (const { fields, line } of records(text, options)) {
    for (const field of options.ignoreComma ? [fields.join(',')] : fields) {
      const item = options.keepBlanks ? field : field.trim();
      if (item.trim() !== '') items.push({ text: item, line });
    }
  }
  return items;
}

export function parseList(text: string, options: ListOptions = {}): string[] {
  return parseListItems(text, options).map((item) => item.text);
}

interface Record {
  fields: string[];
  line: number;
}

function records(text: string, options: ListOptions): Record[] {
  const found: Record[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const begin = line;
    if (options.comment !== undefined && text.startsWith(options.comment, skipBlanks(text, at))) {
      at = endOfLine(text, at) + 1;
      line++;
      continue;
    }
    const fields: string[] = [];
    for (;;) {
      const quoted = options.noQuotes ? undefined : quotedField(text, at, begin, options);
      const end = quoted?.end ?? endOfField(text, at);
      fields.push(quoted?.value ?? text.slice(at, end).replace(/\r$/, ''));
      line += quoted?.lines ?? 0;
      at = end + 1;
      if (text[end] !== ',') break;
    }
    line++;
    if (fields.some((field) => field.trim() !== '')) found.push({ fields, line: begin });
  }
  return found;
}

function endOfField(text: string, at: number): number {
  while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++;
  return at;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** A field that is quoted from its first character to its last; undefined when it is not, quotes being text then. */
function quotedField(text: string, from: number, line: number, options: ListOptions) {
  const start = skipBlanks(text, from);
  if (text[start] !== '"') return undefined;
  let value = '';
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      throw new ListError('unclosed-quote', `${options.name ?? 'list'}: the quote in line ${line} is not closed`, {
        // the text may be a secret: only where it is, not what it says
        hint: 'put a second " at the end of the item, or write "" for a quote inside of it',
      });
    }
    value += text.slice(at, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      at = quote + 2;
      continue;
    }
    const end = skipBlanks(text, quote + 1);
    const last = text[end] === '\r' ? end + 1 : end;
    if (last < text.length && text[last] !== ',' && text[last] !== '\n') return undefined;
    return { value, end: last, lines: value.split('\n').length - 1 };
  }
}
