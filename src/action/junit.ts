import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { JobTests } from '../cli/job/job.ts';
import { ActionError } from './error.ts';

/** The folder for what tests leave: inside the workspace, whatever links are there. @throws ActionError */
export function reportFolder(workspace: string, folder: string): string {
  const path = resolve(workspace, folder);
  if (!isInside(workspace, path))
    throw new ActionError('bad-input', `input test-output: expected a folder in the workspace, found "${folder}"`);
  return path;
}

/** Writes the results as JUnit, which every viewer of tests reads. By the user's own process: its files are his. */
export async function writeJunit(workspace: string, folder: string, tests: JobTests): Promise<string> {
  const path = reportFolder(workspace, folder);
  await mkdir(path, { recursive: true });
  if (!isInside(await realpath(workspace), await realpath(path)))
    throw new ActionError('bad-input', `input test-output: "${folder}" is a link that leads out of the workspace`);
  const file = join(path, 'containerize.xml');
  await writeFile(file, junitOf(tests));
  return file;
}

export function junitOf({ rows, failed }: JobTests): string {
  const cases = rows.map((row) => {
    const body =
      row.outcome === 'failed'
        ? `<failure message="${escaped(row.message ?? '')}">${escaped(row.output.join('\n'))}</failure>`
        : '';
    return `    <testcase name="${escaped(row.name)}" classname="containerize" time="${row.milliseconds / 1000}">${body}</testcase>\n`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n',
    `  <testsuite name="containerize" tests="${rows.length}" failures="${failed}">\n`,
    ...cases,
    '  </testsuite>\n</testsuites>\n',
  ].join('');
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

/** XML has no place for control characters, not even written as numbers. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '?')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
