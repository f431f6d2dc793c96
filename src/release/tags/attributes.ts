import { TagError } from './error.ts';

/** One line of a list as `key=value` pairs; keys in lower case, values as they are. */
export interface Attributes {
  /** As the user wrote it. */
  text: string;
  line: number;
  values: ReadonlyMap<string, string>;
}

/**
 * Splits `type=semver,pattern={{version}},"value=a,b"`. A field in quotes may hold commas; so may what stands between
 * braces or brackets, as in `pattern=v(\d{1,3})`. A field without `=` is the value of `bare`.
 */
export function parseAttributes(text: string, line: number, bare: string, what: string): Attributes {
  const values = new Map<string, string>();
  for (const field of splitFields(unwrap(text), () => unclosed(what, line))) {
    const equals = field.indexOf('=');
    const key = equals < 0 ? bare : field.slice(0, equals).trim().toLowerCase();
    if (key === '')
      throw new TagError('bad-tag-rule', `${what} line ${line}: expected KEY=VALUE, found "${field}"`, {
        hint: 'as in type=semver,pattern={{version}}',
      });
    values.set(key, equals < 0 ? field : field.slice(equals + 1).trim());
  }
  return { text, line, values };
}

/** A whole line in quotes is the line. */
function unwrap(text: string): string {
  const inner = /^"([^"]*)"$/.exec(text.trim());
  return inner?.[1] ?? text;
}

function unclosed(what: string, line: number): never {
  throw new TagError('bad-tag-rule', `${what} line ${line}: a quote is not closed`, {
    hint: 'put a second " where the value ends',
  });
}

/** At commas that are outside of quotes, and outside of the braces of a regular expression or an expression. */
function splitFields(text: string, onUnclosed: () => never): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && i + 1 < text.length) {
      field += c + text[++i];
    } else if (c === '"' && (quoted || field.trim() === '' || field.endsWith('='))) {
      quoted = !quoted;
    } else if (c === ',' && !quoted && (depth === 0 || !closes(text, i))) {
      fields.push(field.trim());
      field = '';
      depth = 0;
    } else {
      if (c === '{') depth++;
      if (c === '}' && depth > 0) depth--;
      field += c;
    }
  }
  if (quoted) onUnclosed();
  fields.push(field.trim());
  return fields.filter((f) => f !== '');
}

/** True when a brace that is open at `at` is closed before the next pair begins: `{1,3}`, not `a{,b=c}`. */
function closes(text: string, at: number): boolean {
  const rest = text.slice(at);
  return /^,[^=]*?\}/.test(rest);
}
