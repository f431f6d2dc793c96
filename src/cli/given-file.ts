import { readFile } from 'node:fs/promises';
import { UsageError } from './arguments.ts';

/** The text of a file that a flag names. */
export async function readGivenFile(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('bad-value', `${flag}: cannot read ${path}`, { cause });
  }
}
