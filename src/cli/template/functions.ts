import { printf } from './printf.ts';
import { compare, isTrue, printValue } from './values.ts';

interface TemplateFunction {
  /** Least and most arguments. */
  arguments: readonly [number, number];
  // biome-ignore lint/suspicious/noExplicitAny: the checks are in each function, the template is the caller
  run(...args: any[]): unknown;
}

const MANY = Number.POSITIVE_INFINITY;

/** Go's and docker's functions, but `and` and `or`, which decide themselves what to evaluate. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: { arguments: [1, 1], run: (v: unknown) => JSON.stringify(v ?? null) },
  join: {
    arguments: [2, 2],
    run: (list: unknown, separator: unknown) => asList(list).map(printValue).join(asText(separator)),
  },
  split: { arguments: [2, 2], run: (text: unknown, separator: unknown) => asText(text).split(asText(separator)) },
  lower: { arguments: [1, 1], run: (text: unknown) => asText(text).toLowerCase() },
  upper: { arguments: [1, 1], run: (text: unknown) => asText(text).toUpperCase() },
  title: {
    arguments: [1, 1],
    run: (text: unknown) =>
      asText(text).replace(
        /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      ),
  },
  pad: {
    arguments: [3, 3],
    run: (text: unknown, before: unknown, after: unknown) =>
      asText(text) === '' ? '' : ' '.repeat(asNumber(before)) + asText(text) + ' '.repeat(asNumber(after)),
  },
  truncate: {
    arguments: [2, 2],
    run: (text: unknown, length: unknown) => [...asText(text)].slice(0, asNumber(length)).join(''),
  },
  len: { arguments: [1, 1], run: length },
  index: { arguments: [1, MANY], run: (value: unknown, ...keys: unknown[]) => keys.reduce(element, value) },
  slice: { arguments: [1, 3], run: slice },
  print: { arguments: [0, MANY], run: print },
  println: { arguments: [0, MANY], run: (...values: unknown[]) => `${values.map(printValue).join(' ')}\n` },
  printf: { arguments: [1, MANY], run: (format: unknown, ...values: unknown[]) => printf(asText(format), values) },
  not: { arguments: [1, 1], run: (value: unknown) => !isTrue(value) },
  eq: { arguments: [2, MANY], run: (a: unknown, ...others: unknown[]) => others.some((b) => compare(a, b) === 0) },
  ne: { arguments: [2, 2], run: (a: unknown, b: unknown) => compare(a, b) !== 0 },
  lt: { arguments: [2, 2], run: (a: unknown, b: unknown) => compare(a, b) < 0 },
  le: { arguments: [2, 2], run: (a: unknown, b: unknown) => compare(a, b) <= 0 },
  gt: { arguments: [2, 2], run: (a: unknown, b: unknown) => compare(a, b) > 0 },
  ge: { arguments: [2, 2], run: (a: unknown, b: unknown) => compare(a, b) >= 0 },
  html: {
    arguments: [1, 1],
    run: (text: unknown) => printValue(text).replace(/[<>&'"]/g, (c) => `&#${c.charCodeAt(0)};`),
  },
  urlquery: { arguments: [1, 1], run: (text: unknown) => encodeURIComponent(printValue(text)).replaceAll('%20', '+') },
};

/** Spaces go between operands when neither is a string. */
function print(...values: unknown[]): string {
  return values.reduce<string>(
    (text, value, i) =>
      text + (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string' ? ' ' : '') + printValue(value),
    '',
  );
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value === null || value === undefined) return 0;
  if (typeof value === 'object') return Object.keys(value).length;
  throw new TypeError(`${printValue(value)} has no length`);
}

function element(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const i = asNumber(key);
    if (!Number.isInteger(i) || i < 0 || i >= value.length)
      throw new TypeError(`index ${printValue(key)} is out of range, the list has ${value.length}`);
    return value[i];
  }
  // Go gives the zero value of a map's elements; those that people index hold text.
  if (value === null || value === undefined) return '';
  if (typeof value === 'object')
    return Object.hasOwn(value, printValue(key)) ? (value as Record<string, unknown>)[printValue(key)] : '';
  if (typeof value === 'string') return Buffer.from(value)[asNumber(key)];
  throw new TypeError(`cannot index ${printValue(value)}`);
}

function slice(value: unknown, from: unknown = 0, to?: unknown): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new TypeError(`cannot slice ${printValue(value)}`);
  const end = to === undefined ? value.length : asNumber(to);
  const start = asNumber(from);
  if (start < 0 || end > value.length || start > end)
    throw new TypeError(`${start}:${end} is out of range, there are ${value.length}`);
  return value.slice(start, end);
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new TypeError(`expected text, found ${printValue(value)}`);
  return value;
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`expected a number, found ${printValue(value)}`);
  return value;
}

function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`expected a list, found ${printValue(value)}`);
  return value;
}
