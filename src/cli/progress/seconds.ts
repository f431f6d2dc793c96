import { performance } from 'node:perf_hooks';
import { codeOf, messageOf } from '../../errors.ts';

/** Measures one task. */
export class Stopwatch {
  readonly #start = performance.now();

  /** Seconds since it was made. */
  elapsed(): number {
    return (performance.now() - this.#start) / 1000;
  }
}

/** `12.3MB`: powers of 1000, as BuildKit shows transfers. */
export function shortBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(2)}${units[unit]}`;
}

/** True for the failure of a task that only had to end because something else did. */
export function wasCancelled(error: unknown): boolean {
  return codeOf(error) === 'cancelled' || (error instanceof Error && error.name === 'AbortError');
}

/** First line of an error, without what would move the cursor. */
export function failureText(error: unknown): string {
  return plainText(messageOf(error).split('\n')[0]!);
}

/** Text of a program without escape sequences and control characters: it is drawn into a picture of ours. */
export function plainText(text: string): string {
  return text
    .replace(/\u001b\[[0-9;:<=>?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]/g, '')
    .replace(/\t/g, '    ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
}
