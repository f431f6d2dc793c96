import { posix } from 'node:path';
import type { Limits } from '../container/limits.ts';
import { compileGlob } from '../dockerfile/glob.ts';
import { TestingError } from './error.ts';

/**
 * One test of an image, as plain data. With `run` it is a command in a fresh container, with `checks` the image checks
 * of a file; with `target` alone, a stage of the Dockerfile that must build. `target` beside one of the others says that
 * it is done in the image of that stage.
 */
export interface TestSpec {
  name: string;
  /** A line for `/bin/sh -c`, or the words of a program. */
  run?: string | readonly string[];
  target?: string;
  /** Path of a file with image checks on this machine. */
  checks?: string;
  /** `NAME=VALUE`. */
  env: readonly string[];
  workingDir?: string;
  user?: string;
  network: 'none' | 'host';
  limits: Limits;
  /** Seconds for one attempt. */
  timeout: number;
  /** Attempts after the first. */
  retries: number;
  reports: readonly ReportSpec[];
}

/** Files that a test leaves in its container. */
export interface ReportSpec {
  /** File, folder or pattern (`*`, `**`, `?`, `[a-z]`); from the working directory unless it begins with a slash. */
  path: string;
  /** Its absence fails the test. */
  required?: boolean;
}

/** What a test has that says nothing about itself. */
export const TEST_DEFAULTS = { network: 'none', timeout: 600, retries: 0 } as const;

/** A whole test of the few words that most have; its name is its first line. */
export function testSpec(given: Partial<TestSpec> & Pick<TestSpec, 'run' | 'target' | 'checks'>): TestSpec {
  const { run, target, checks } = given;
  const line = typeof run === 'string' ? run.trim().split('\n')[0]! : run?.join(' ');
  const name = given.name ?? line ?? checks ?? (target === undefined ? undefined : `stage ${target}`);
  if (!name)
    throw new TestingError(
      'bad-test',
      'a test needs a command (run), a stage (target) or a file of image checks (checks)',
    );
  return {
    ...TEST_DEFAULTS,
    env: [],
    limits: {},
    reports: [],
    ...given,
    name: name.slice(0, 120),
  };
}

/**
 * A report path in full, and the test of its pattern. Without the working directory, which the image may have to tell,
 * this is no more than a look at the path.
 *
 * @throws TestingError for one that could lead outside
 */
export function reportPattern(
  path: string,
  workingDir?: string,
): { folder: string; matches: (path: string) => boolean } {
  const fail = (why: string): never => {
    throw new TestingError('bad-report-path', `report path "${path.slice(0, 200)}": ${why}`, {
      hint: 'name a file, a folder or a pattern in the container, such as reports/*.xml or /app/coverage',
    });
  };
  if (path.trim() === '' || path.includes('\0')) fail('a path in the container is expected');
  if (path.split('/').includes('..')) fail('".." could lead outside of what the test may leave');
  const absolute = path.startsWith('/');
  const around = absolute ? [] : partsOf(posix.resolve('/', workingDir ?? '/'));
  const own = partsOf(path);
  if (absolute && own.length === 0) fail('this is the whole file system of the container');
  const magic = own.findIndex((part) => /[*?[\\]/.test(part));
  if (magic < 0) return { folder: `/${[...around, ...own].join('/')}`, matches: () => true };
  // the working directory is a name, whatever is in it
  const glob = compileGlob([...around.map((part) => part.replace(/[*?[\\]/g, '\\$&')), ...own].join('/'));
  if (glob === undefined) return fail('the pattern is not complete');
  if (absolute && magic === 0) fail('a pattern needs a folder to look in');
  return { folder: `/${[...around, ...own.slice(0, magic)].join('/')}`, matches: (found) => glob(found) };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
