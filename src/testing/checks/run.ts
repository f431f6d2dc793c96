import type { RunConfig } from '../../oci/image-config.ts';
import type { TestCase } from '../../reports.ts';
import type { Checks } from './checks.ts';
import { checkCommand, type OpenPlace } from './commands.ts';
import { environmentOf } from './environment.ts';
import { checkContents, checkExistence, checkLicenses, type ImageRoot } from './files.ts';
import { checkMetadata } from './metadata.ts';
import { caseOf, type Findings } from './verdict.ts';

/** What checks need of the floors around them. */
export interface CheckServices {
  config: RunConfig;
  /** Nothing runs in it while files are looked at. */
  root: ImageRoot;
  open: OpenPlace;
  /** Commands that are run at once. */
  jobs: number;
}

/**
 * Runs the checks of a file and gives a case for each, in the order in which the original runs them. A check that fails
 * is a case; it throws only when containers cannot be run or files not be read at all.
 */
export async function runChecks(checks: Checks, { config, root, open, jobs }: CheckServices): Promise<TestCase[]> {
  const { file } = checks;
  const env = environmentOf(config.Env ?? []);
  const judged = async (
    suite: string,
    { name, line }: { name: string; line: number },
    check: () => Promise<Findings>,
  ): Promise<TestCase> => {
    const began = performance.now();
    const findings = await check();
    return caseOf({ suite, name, file, line }, findings, performance.now() - began);
  };
  // files are looked at in a few processes, all the checks of a kind in one; containers are started meanwhile
  const [commands, existence, contents, licenses] = await Promise.all([
    inTurns(jobs, checks.commands, (check) =>
      judged('commandTests', check, () => checkCommand(check, env, checks.globalEnv, open)),
    ),
    Promise.all(
      checks.existence.map((check) => judged('fileExistenceTests', check, () => checkExistence(check, root, env))),
    ),
    inTurns(16, checks.contents, (check) => judged('fileContentTests', check, () => checkContents(check, root, env))),
    inTurns(1, checks.licenses, (check) =>
      judged('licenseTests', { ...check, name: 'licences' }, () => checkLicenses(check, root)),
    ),
  ]);
  const metadata = (checks.metadata && checkMetadata(checks.metadata, config)) ?? [];
  return [
    ...commands,
    ...existence,
    ...contents,
    ...licenses,
    ...metadata.map((one) => caseOf({ suite: 'metadataTest', name: one.name, file, line: one.line }, one, 0)),
  ];
}

/** Does all, some at once, and waits for those that began when one throws. */
async function inTurns<T, R>(jobs: number, all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(all.length);
  const waiting = [...all.entries()];
  const turns = Array.from({ length: Math.max(1, jobs) }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        results[next[0]] = await work(next[1]);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  });
  const ended = await Promise.allSettled(turns);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return results;
}
