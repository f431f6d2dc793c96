import { parseError } from './error.ts';
import type { Word } from './instruction.ts';
import type { LogicalLine } from './source.ts';

/**
 * `["a", "b"]` after an instruction. undefined when it is not JSON at all: then it is the shell form, as Docker has it.
 * An array with anything but strings in it is an error: nobody means that as a command.
 */
export function jsonForm(line: LogicalLine, from: number): Word[] | undefined {
  const rest = line.text.slice(from);
  if (!/^\s*\[/.test(rest)) return undefined;
  let values: unknown;
  try {
    values = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values)) return undefined;
  if (!values.every((value) => typeof value === 'string')) {
    throw parseError(
      'invalid-argument',
      line.location(from + rest.search(/\S/), line.text.trimEnd().length),
      'when using JSON array syntax, arrays must be comprised of strings only',
      { hint: 'put every argument between double quotes' },
    );
  }
  const words: Word[] = [];
  const literal = /"(?:[^"\\]|\\.)*"/g;
  for (let match = literal.exec(rest); match; match = literal.exec(rest)) {
    const at = from + match.index;
    words.push({ text: values[words.length] as string, location: line.location(at, at + match[0].length) });
  }
  return words;
}

/** The rest looks like a JSON array that went wrong: worth a warning, because it silently became the shell form. */
export function looksLikeJson(text: string): boolean {
  const item = `(?:'[^']*'|"[^"]*")`;
  return new RegExp(`^\\[\\s*${item}(?:\\s*,\\s*${item})*\\s*,?\\s*\\]$`).test(text.trim()) && /,|^\['/.test(text);
}
