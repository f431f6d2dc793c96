import type { ContainerBase } from '../container/create.ts';
import type { TestReport, TestResult } from '../reports.ts';
import { TestingError } from './error.ts';
import { folderNames } from './folder-names.ts';
import { roomIn } from './output-folder.ts';
import type { TestRequest, TestServices } from './request.ts';
import { blank, reportOf } from './result.ts';
import { isOurs } from './shard.ts';
import { reportPattern } from './spec.ts';
import { TestRun } from './test-run.ts';

/**
 * Runs tests, several at once, each alone in a fresh container. A test that fails is a result, not an error.
 *
 * @throws TestingError when there is nothing to run, or a report path leads outside; the signal's reason when it is cancelled
 */
export async function runTests(request: TestRequest, services: TestServices): Promise<TestReport> {
  const { tests, output } = request;
  if (tests.length === 0)
    throw new TestingError('no-tests', 'there is no test to run', {
      hint: 'give a command, a stage or a file of image checks',
    });
  for (const spec of tests) for (const { path } of spec.reports) reportPattern(path, spec.workingDir);
  const began = performance.now();
  const folders = folderNames(tests.map(({ name }) => name));
  const ours = [...tests.entries()].filter(
    ([place, spec]) => request.shard === undefined || isOurs(spec, place, request.shard),
  );
  const leaving = ours.flatMap(([place, { reports }]) => (reports.length > 0 ? [folders[place]!] : []));
  const makeRoom =
    output === undefined || leaving.length === 0
      ? undefined
      : await roomIn(services.containers.services.helper, output, leaving);
  const bases = new Map<string | undefined, Promise<ContainerBase>>();
  const base = (target: string | undefined): Promise<ContainerBase> => {
    const known = bases.get(target) ?? services.base(target, longest(tests, target));
    bases.set(target, known);
    return known;
  };
  if (makeRoom !== undefined) {
    // reports may be written to the folder that stages are built from: they must not be part of them
    await Promise.allSettled(
      [...new Set(ours.map(([, { target }]) => target))].filter((t) => t !== undefined).map(base),
    );
    services.signal.throwIfAborted();
    await makeRoom();
  }
  const results: TestResult[] = new Array(tests.length);
  const waiting = [...tests.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, spec] = next;
      results[place] = !ours.some(([one]) => one === place)
        ? { ...blank(spec), outcome: 'skipped', attempts: 0, message: 'left to another shard' }
        : await new TestRun(spec, folders[place]!, request, services, base).result();
    }
  };
  const done = await Promise.allSettled(Array.from({ length: Math.max(1, request.jobs) }, work));
  services.signal.throwIfAborted();
  for (const one of done) if (one.status === 'rejected') throw one.reason;
  return reportOf(results, performance.now() - began);
}

/** Seconds that a stage may take to build: as long as the most patient of its tests. */
function longest(tests: TestRequest['tests'], target: string | undefined): number {
  return Math.max(...tests.filter((test) => test.target === target).map(({ timeout }) => timeout));
}
