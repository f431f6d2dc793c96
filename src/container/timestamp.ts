import { parseDuration } from '../dockerfile/duration.ts';

/** Docker's `--since`: `10m` (before now), `1700000000[.5]`, `2026-01-02`, `2026-01-02T03:04:05[Z]`. Milliseconds, undefined when it is none. */
export function parseTimestamp(text: string, now: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const duration = parseDuration(text);
  if (duration !== undefined) return now - duration / 1e6;
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
  // a date without time means midnight of this machine's zone, as with docker
  const time = timeOf(/T/.test(text) ? text : `${text}T00:00:00`);
  return Number.isNaN(time) ? undefined : time;
}

/** Milliseconds of an RFC 3339 time, with the fraction that Date drops. */
export function timeOf(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const whole = Date.parse(text.replace(/\.\d+/, ''));
  return whole + (fraction === '' ? 0 : Number(`0.${fraction}`) * 1000);
}
