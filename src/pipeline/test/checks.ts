import { constants, open, realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Containers } from '../../container/containers.ts';
import { parseEnvFile } from '../../container/env-file.ts';
import type { MountRequest } from '../../container/mount-request.ts';
import { codeOf, messageOf } from '../../errors.ts';
import type { TestCase } from '../../reports.ts';
import type { Checks } from '../../testing/checks/checks.ts';
import { containerPlaces } from '../../testing/checks/container-place.ts';
import { withImageRoot } from '../../testing/checks/image-root.ts';
import { parseChecks } from '../../testing/checks/parse.ts';
import { runChecks } from '../../testing/checks/run.ts';
import { TestingError } from '../../testing/error.ts';
import type { TestServices } from '../../testing/request.ts';

/** Bytes of a file with checks, or with variables. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface ChecksPlace {
  containers: Containers;
  /** The project: files that checks name are in it, and messages name files from it. */
  folder: string;
  /** The caller's environment. */
  env: Readonly<Record<string, string | undefined>>;
  jobs: number;
}

/** A file of checks, and what of this machine its containers get. */
interface Prepared {
  checks: Checks;
  env: string[];
  mounts: MountRequest[];
}

/**
 * Reads files of image checks, all before anything runs, and gives what runs them.
 *
 * @throws TestingError `bad-checks` with the place
 */
export async function imageChecks(
  files: readonly string[],
  place: ChecksPlace,
): Promise<NonNullable<TestServices['checks']>> {
  const prepared = new Map<string, Prepared>();
  for (const file of files) prepared.set(file, await prepare(file, place));
  return async (file, base, spec, signal): Promise<TestCase[]> => {
    const { checks, env, mounts } = prepared.get(file)!;
    const { capabilities, tty, user = spec.user } = checks.options;
    const places = containerPlaces(place.containers, base, {
      container: {
        env: [...env, ...spec.env],
        ...(spec.workingDir === undefined ? {} : { workingDir: spec.workingDir }),
        ...(user === undefined ? {} : { user }),
        network: spec.network,
        limits: spec.limits,
        capAdd: capabilities,
        tty,
        mounts,
      },
      timeout: spec.timeout,
      signal,
    });
    return withImageRoot(place.containers.services, base, (root) =>
      runChecks(checks, { config: base.loaded.config.config ?? {}, root, open: places, jobs: place.jobs }),
    );
  };
}

async function prepare(file: string, place: ChecksPlace): Promise<Prepared> {
  const inside = relative(place.folder, file);
  const name = inside === '' || inside.startsWith('..') ? file : inside;
  const text = await readText(file, name);
  const checks = parseChecks(text, name);
  const { options } = checks;
  const fail = (line: number, message: string, hint?: string): never => {
    throw new TestingError('bad-checks', message, { hint, location: { file: name, line, text } });
  };
  const env: string[] = [];
  if (options.envFile !== undefined) {
    const { value, line } = options.envFile;
    const found = await inFolder(value, place.folder, (why) => fail(line, `envFile: ${why}`));
    env.push(...parseEnvFile(await readText(found, value), value, place.env));
  }
  for (const { value, line } of options.env) {
    const found = place.env[value];
    if (found === undefined)
      fail(line, `envVars: the variable ${value} is not set`, `set ${value} where containerize is started`);
    env.push(`${value}=${found}`);
  }
  return { checks, env, mounts: await mountsOf(options.binds, place.folder, fail) };
}

async function mountsOf(
  binds: Checks['options']['binds'],
  folder: string,
  fail: (line: number, message: string) => never,
): Promise<MountRequest[]> {
  const mounts: MountRequest[] = [];
  for (const { value, line } of binds) {
    const source = await inFolder(value.source, folder, (why) => fail(line, `bindMounts: ${why}`));
    mounts.push({ type: 'bind', source, destination: value.destination, readOnly: true });
  }
  return mounts;
}

/**
 * A path of the project, all links followed. A file of checks comes with the source, and who runs it may be root: it must
 * not reach what is not in the project.
 */
async function inFolder(path: string, folder: string, fail: (why: string) => never): Promise<string> {
  const [root, found] = await Promise.all([
    realpath(folder),
    realpath(resolve(folder, path)).catch((error: unknown) =>
      fail(codeOf(error) === 'ENOENT' ? `there is no ${path}` : messageOf(error)),
    ),
  ]);
  if (found === root || found.startsWith(`${root}/`)) return found;
  return fail(`${path} is outside of the project's folder, and checks reach nothing there`);
}

async function readText(path: string, name: string): Promise<string> {
  try {
    // without waiting for somebody to write into a pipe
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      const { size } = found;
      if (!found.isFile()) throw new Error('it is no file');
      if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, at most ${MOST_BYTES} are read`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new TestingError('bad-checks', `image checks ${name}: ${why}`);
  }
}
