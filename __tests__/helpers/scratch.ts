import { afterAll } from '@jest/globals';
import { makeScratch, removeScratch } from './make-scratch.ts';

/** A folder for one test file, in memory where it can be; gone when its tests are done. */
export async function scratchFolder(name: string): Promise<string> {
  const folder = makeScratch(name);
  afterAll(() => removeScratch(folder));
  return folder;
}
