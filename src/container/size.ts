import { parseSize } from '../size.ts';
import { ContainerError } from './container-error.ts';

/** `512m`, `2g`, `1024` (bytes): a flag's size of memory. `-1` is left as it is. */
export function sizeOfFlag(text: string, flag: string): number {
  if (text === '-1') return -1;
  const bytes = parseSize(text.trim());
  if (bytes === undefined) {
    throw new ContainerError(
      'invalid-option',
      `${flag}: expected a size such as 512m or 2g, found "${text.slice(0, 100)}"`,
    );
  }
  return bytes;
}
