import { printValue } from './values.ts';

/** Go's Printf for the verbs that templates use: %s %v %d %q %t %x %f %g %c %% with width, precision, `-` and `0`. */
export function printf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+ #0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const shown = format1(verb, values[next++], precision === undefined ? undefined : Number(precision), flags);
      return pad(shown, Number(width ?? 0), flags);
    },
  );
  const extra = values.slice(next);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.map((v) => `${typeof v}=${printValue(v)}`).join(', ')})`;
}

function format1(verb: string, value: unknown, precision: number | undefined, flags: string): string {
  const plus = flags.includes('+') && typeof value === 'number' && value >= 0 ? '+' : '';
  if (verb === 'v' || verb === 's')
    return (verb === 's' ? [...printValue(value)].slice(0, precision).join('') : plus + printValue(value)) as string;
  if (verb === 'q') return JSON.stringify(printValue(value));
  if (verb === 't' && typeof value === 'boolean') return String(value);
  if (verb === 'x')
    return typeof value === 'number' ? value.toString(16) : Buffer.from(printValue(value)).toString('hex');
  if (typeof value === 'number') {
    if (verb === 'd') return plus + Math.trunc(value).toString();
    if (verb === 'f') return plus + value.toFixed(precision ?? 6);
    if (verb === 'g')
      return plus + (precision === undefined ? String(value) : String(Number(value.toPrecision(precision))));
    if (verb === 'o') return value.toString(8);
    if (verb === 'c') return String.fromCodePoint(value);
  }
  return `%!${verb}(${typeof value}=${printValue(value)})`;
}

function pad(text: string, width: number, flags: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  return /^[+-]/.test(text) ? text[0] + '0'.repeat(missing) + text.slice(1) : '0'.repeat(missing) + text;
}
