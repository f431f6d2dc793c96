import { didYouMean } from '../../errors.ts';
import { TagError } from './error.ts';
import { formatDate } from './format-date.ts';

/** What `{{name}}` stands for: text, or a function of a format and a time zone. */
export type Values = Readonly<Record<string, string | number | boolean | Dated>>;

/** `{{date 'YYYYMMDD' tz='Europe/Berlin'}}`. */
export interface Dated {
  date: Date;
  /** ISO 8601, without a format. */
  format: string;
}

const EXPRESSION = /\{\{\{?([^{}]*)\}\}\}?/g;
const WORDS = /(?:(\w+)\s*=\s*)?(?:'([^']*)'|"([^"]*)"|([^\s'"]+))/g;

/**
 * Fills `{{…}}` in. Values appear as they are (nothing is escaped for HTML); a name that nobody knows is empty and heard
 * of through `onUnknown`.
 */
export function expand(text: string, values: Values, onUnknown?: (message: string) => void): string {
  return text.replace(EXPRESSION, (whole, inner: string) => {
    const [name, ...args] = words(inner);
    if (name === undefined || name.key !== undefined) return '';
    const value = Object.hasOwn(values, name.text) ? values[name.text] : undefined;
    if (value === undefined) {
      onUnknown?.(`${whole}: unknown expression${didYouMean(name.text, Object.keys(values))}, it stands for nothing`);
      return '';
    }
    if (typeof value === 'object') return dated(value, args, whole);
    if (args.length > 0) throw new TagError('bad-expression', `${whole}: ${name.text} takes no argument`);
    return String(value);
  });
}

interface Word {
  key?: string;
  text: string;
}

function words(text: string): Word[] {
  return [...text.matchAll(WORDS)].map(([, key, single, double, bare]) => ({
    ...(key === undefined ? {} : { key }),
    text: single ?? double ?? bare ?? '',
  }));
}

function dated(value: Dated, args: readonly Word[], whole: string): string {
  let format = value.format;
  let zone: string | undefined;
  for (const { key, text } of args) {
    if (key === undefined) format = text;
    else if (key === 'tz') zone = text;
    else throw new TagError('bad-expression', `${whole}: unknown ${key}, expected tz='Europe/Berlin'`);
  }
  return formatDate(value.date, format, zone);
}
