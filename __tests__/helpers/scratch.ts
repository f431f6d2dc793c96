import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A folder for one test file, in memory where it can be; gone when its tests are done. */
export async function scratchFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(process.env.CONTAINERIZE_TEST_TMP ?? '/dev/shm', `containerize-${name}-`));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
