import { lstat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { TestCase } from '../../reports.ts';
import type { Helper } from '../../runtime/helper.ts';
import { mapPath } from '../../testing/junit/map-path.ts';
import { readJunit } from '../../testing/junit/read.ts';
import { type OutputFolder, readOutputs } from '../../testing/output-folder.ts';

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

/**
 * The cases of reports that a test left, their files named as the repository has them; undefined for other XML. What
 * cannot be read is an error in its place.
 */
export async function casesOfReports(
  helper: Helper,
  output: OutputFolder,
  files: readonly string[],
  workingDir: string,
  repository: Repository | undefined,
): Promise<PromiseSettledResult<TestCase[] | undefined>[]> {
  const known = new Map<string, Promise<boolean>>();
  const exists = (path: string): Promise<boolean> => {
    const answer = known.get(path) ?? isFile(repository!.folder, path);
    known.set(path, answer);
    return answer;
  };
  const read = await readOutputs(helper, output, files, MOST + 1);
  return Promise.allSettled(
    read.map(async (one, i) => {
      if (one.status === 'rejected') throw one.reason;
      const cases = casesOf(one.value, files[i]!);
      let mapped = 0;
      for (const test of repository === undefined ? [] : (cases ?? [])) {
        if (test.file === undefined || test.outcome === 'passed' || ++mapped > MOST_MAPPED) continue;
        test.file = (await mapPath(test.file, workingDir, repository!.context, exists)) ?? test.file;
      }
      return cases;
    }),
  );
}

function casesOf(bytes: Buffer, file: string): TestCase[] | undefined {
  if (bytes.length > MOST) throw new Error(`report ${file} is larger than ${MOST} bytes and is not read`);
  return readJunit(decoded(bytes), file);
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
