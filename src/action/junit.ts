import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '../files.ts';
import type { TestReport } from '../reports.ts';
import { reportXml } from '../testing/report-xml.ts';
import { ActionError } from './error.ts';

/** The folder for what tests leave: inside the workspace, whatever links are there. @throws ActionError */
export function reportFolder(workspace: string, folder: string): string {
  const path = resolve(workspace, folder);
  if (!isInside(workspace, path))
    throw new ActionError('bad-input', `input test-output: expected a folder in the workspace, found "${folder}"`);
  return path;
}

/** Writes the results as JUnit, secrets hidden, which every viewer of tests reads. By the user's own process: its files are his. */
export async function writeJunit(
  workspace: string,
  folder: string,
  tests: TestReport,
  hide: (text: string) => string = (text) => text,
): Promise<string> {
  const path = reportFolder(workspace, folder);
  await mkdir(path, { recursive: true });
  if (!isInside(await realpath(workspace), await realpath(path)))
    throw new ActionError('bad-input', `input test-output: "${folder}" is a link that leads out of the workspace`);
  const file = join(path, 'containerize.xml');
  // in the place of a link, never through one
  await writeFileAtomic(file, reportXml(hiding(tests, hide)), { fsync: false });
  return file;
}

/** The same with every text hidden: before it is XML, where a secret with a `<` would be written in another way. */
function hiding<T>(value: T, hide: (text: string) => string): T {
  if (typeof value === 'string') return hide(value) as T;
  if (Array.isArray(value)) return value.map((one) => hiding(one, hide)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hiding(one, hide)])) as T;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
