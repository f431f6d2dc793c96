import { lstat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { TestCase } from '../reports.ts';
import type { Helper } from '../runtime/helper.ts';
import { mapPath } from '../testing/junit/map-path.ts';
import { readJunit } from '../testing/junit/read.ts';
import { type OutputFolder, readOutput } from '../testing/output-folder.ts';

/** Bytes of one report that is read. */
const MOST = 32 * 1024 * 1024;
/** Failed cases whose files are looked for in the repository. */
const MOST_MAPPED = 500;

/** Where the sources of what is tested are. */
export interface Repository {
  folder: string;
  /** Build context, from the folder. */
  context: string;
}

/**
 * The repository around a build context: where the command runs, or, for a context elsewhere (a commit that was fetched),
 * the context itself.
 */
export function repositoryOf(cwd: string, context: string): Repository {
  const folder = resolve(cwd, context);
  const inside = relative(cwd, folder);
  if (inside === '..' || inside.startsWith('../')) return { folder, context: '.' };
  return { folder: cwd, context: inside === '' ? '.' : inside };
}

/** The cases of a report that a test left, their files named as the repository has them; undefined for other XML. */
export async function casesOfReport(
  helper: Helper,
  output: OutputFolder,
  file: string,
  workingDir: string,
  repository: Repository | undefined,
): Promise<TestCase[] | undefined> {
  const bytes = await readOutput(helper, output, file, MOST + 1);
  if (bytes.length > MOST) throw new Error(`report ${file} is larger than ${MOST} bytes and is not read`);
  const cases = readJunit(decoded(bytes), file);
  if (cases === undefined || repository === undefined) return cases;
  const known = new Map<string, Promise<boolean>>();
  const exists = (path: string): Promise<boolean> => {
    const answer = known.get(path) ?? isFile(repository.folder, path);
    known.set(path, answer);
    return answer;
  };
  let mapped = 0;
  for (const one of cases) {
    if (one.file === undefined || one.outcome === 'passed' || ++mapped > MOST_MAPPED) continue;
    one.file = (await mapPath(one.file, workingDir, repository.context, exists)) ?? one.file;
  }
  return cases;
}

async function isFile(folder: string, path: string): Promise<boolean> {
  if (path.split('/').includes('..')) return false;
  return lstat(join(folder, path)).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** UTF-8, unless its declaration says Latin-1. */
function decoded(bytes: Buffer): string {
  const head = bytes.subarray(0, 200).toString('latin1');
  return bytes.toString(
    /^<\?xml[^>]*encoding=["'](iso-8859-1|latin1|windows-1252)["']/i.test(head) ? 'latin1' : 'utf8',
  );
}
