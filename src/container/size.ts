import { ContainerError } from './container-error.ts';

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** `512m`, `2g`, `1.5GiB`, `1024` (bytes): binary units, as Docker reads sizes of memory. `-1` is left as it is. */
export function parseSize(text: string, flag: string): number {
  if (text === '-1') return -1;
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([bkmgtp])?(?:i?b)?$/i.exec(text.trim());
  const bytes = match === null ? Number.NaN : Math.floor(Number(match[1]) * UNITS[(match[2] ?? 'b').toLowerCase()]!);
  if (!Number.isSafeInteger(bytes)) {
    throw new ContainerError(
      'invalid-option',
      `${flag}: expected a size such as 512m or 2g, found "${text.slice(0, 100)}"`,
    );
  }
  return bytes;
}
