import { parseDuration } from '../../dockerfile/duration.ts';
import { badValue } from '../arguments.ts';

/** `90`, `90s`, `5m`, `1h30m`: seconds. @throws UsageError */
export function secondsOfFlag(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (parseDuration(text) ?? Number.NaN) / 1e9;
  if (seconds > 0 && seconds <= 86_400 * 7) return seconds;
  throw badValue(flag, 'a duration such as 90s or 5m', text);
}
