import type { ContainerBase } from '../container/create.ts';
import { ContainerizeError, messageOf } from '../errors.ts';
import { Tree } from '../layer/tree.ts';
import type { Task } from '../progress.ts';
import type { TestCase, TestResult } from '../reports.ts';
import { attempt, workingDirOf } from './attempt.ts';
import type { Collected } from './collect.ts';
import { TestingError } from './error.ts';
import { earlier } from './folder-names.ts';
import { placeIn } from './output-folder.ts';
import { OutputTail } from './output-tail.ts';
import { StageFailed, type TestRequest, type TestServices } from './request.ts';
import { blank, keptCases, MOST_CASES, ofChecks, whyFailed } from './result.ts';
import { shardEnvironment } from './shard.ts';
import type { TestSpec } from './spec.ts';

/** Reports, and bytes of them, that are read at once. */
const MOST_AT_ONCE = 500;
const MOST_BYTES = 8 * 1024 * 1024;

/** One test until it passed, or its attempts are used up. */
export class TestRun {
  readonly #spec: TestSpec;
  readonly #folder: string;
  readonly #request: TestRequest;
  readonly #services: TestServices;
  readonly #base: (target: string | undefined) => Promise<ContainerBase>;

  constructor(
    spec: TestSpec,
    folder: string,
    request: TestRequest,
    services: TestServices,
    base: (target: string | undefined) => Promise<ContainerBase>,
  ) {
    this.#spec = spec;
    this.#folder = folder;
    this.#request = request;
    this.#services = services;
    this.#base = base;
  }

  async result(): Promise<TestResult> {
    const { name, retries } = this.#spec;
    const began = performance.now();
    let last: TestResult;
    let [memoryPeak, cpuUsec] = [0, 0];
    for (let tries = 1; ; tries++) {
      const again = tries === 1 ? '' : ' (again)';
      const task = this.#services.progress.start({ name: `test: ${name}${again}`, group: 'tests' });
      last = await this.#once(task);
      memoryPeak = Math.max(memoryPeak, last.memoryPeak ?? 0);
      cpuUsec += last.cpuUsec ?? 0;
      for (const warning of last.warnings) task.note(warning);
      if (last.outcome === 'passed') task.done();
      else task.fail(new Error(last.message ?? last.outcome));
      if (last.outcome === 'failed' && tries <= retries) await this.#setAside(tries);
      else {
        const flaky = last.outcome === 'passed' && tries > 1;
        return {
          ...last,
          attempts: tries,
          durationMs: Math.round(performance.now() - began),
          ...(flaky ? { outcome: 'flaky', message: `flaky: passed at attempt ${tries}` } : {}),
          ...(memoryPeak > 0 ? { memoryPeak } : {}),
          ...(cpuUsec > 0 ? { cpuUsec } : {}),
        };
      }
    }
  }

  async #once(task: Task): Promise<TestResult> {
    const { signal } = this.#services;
    const spec = this.#spec;
    const tail = new OutputTail((stream, chunk) => task.output(stream, chunk));
    try {
      const base = await this.#base(spec.target);
      if (spec.run !== undefined) return await this.#command(base, tail);
      if (spec.checks === undefined) return blank(spec);
      if (this.#services.checks === undefined) throw new TestingError('bad-test', 'image checks cannot be run here');
      return ofChecks(spec, await this.#services.checks(spec.checks, base, spec, signal));
    } catch (error) {
      if (signal.aborted) {
        task.fail(signal.reason);
        throw signal.reason;
      }
      // a stage that does not build is what its test is about; everything else says nothing of the image
      const stage = spec.target !== undefined && error instanceof StageFailed ? error : undefined;
      const hint = error instanceof ContainerizeError && error.hint !== undefined ? ` (${error.hint})` : '';
      if (stage !== undefined)
        return { ...blank(spec), outcome: 'failed', message: stage.message, output: stage.output };
      return {
        ...blank(spec),
        outcome: 'broken',
        message: `could not be run: ${messageOf(error)}${hint}`,
        output: tail.lines(),
      };
    }
  }

  async #command(base: ContainerBase, tail: OutputTail): Promise<TestResult> {
    const { output, shard } = this.#request;
    const place = {
      containers: this.#services.containers,
      base,
      output,
      folder: this.#folder,
      env: shard === undefined ? [] : shardEnvironment(shard),
      signal: this.#services.signal,
    };
    const end = await attempt(this.#spec, place, tail);
    const cases = await this.#casesOf(end.collected, workingDirOf(this.#spec, base));
    const why = whyFailed(this.#spec, end, cases);
    const { exitCode, oomKilled, memoryPeak, cpuUsec, durationMs } = end.exit;
    const { files, warnings, problem } = end.collected;
    const message = why ?? problem;
    return {
      ...blank(this.#spec),
      // a report that nobody has seen may speak of failures
      outcome: why !== undefined ? 'failed' : problem !== undefined ? 'broken' : 'passed',
      ...(message === undefined ? {} : { message }),
      durationMs,
      exitCode,
      ...(end.timedOut ? { timedOut: true } : {}),
      ...(oomKilled ? { oomKilled } : {}),
      ...(memoryPeak === undefined ? {} : { memoryPeak }),
      ...(cpuUsec === undefined ? {} : { cpuUsec }),
      output: tail.lines(),
      cases,
      reports: files,
      warnings: why === undefined || problem === undefined ? warnings : [...warnings, problem],
    };
  }

  /** The reports of the last attempt are the test's; those of earlier ones lie beside them. */
  async #setAside(tries: number): Promise<void> {
    const { output } = this.#request;
    if (output === undefined) return;
    const tree = new Tree(this.#services.containers.services.helper, output.anchor);
    if ((await tree.stat(placeIn(output, this.#folder))) === undefined) return;
    const folder = earlier(this.#folder);
    await tree.mkdir(placeIn(output, folder), { mode: 0o755, ...output.owner });
    await tree.rename(placeIn(output, this.#folder), placeIn(output, `${folder}/${tries}`));
  }

  async #casesOf({ files, sizes, warnings }: Collected, workingDir: string): Promise<TestCase[]> {
    let cases: TestCase[] = [];
    const reports = files.filter((file) => /\.(xml|junit)$/i.test(file));
    for (const some of batches(reports, (file) => sizes.get(file) ?? 0)) {
      const read = (await this.#services.cases?.(some, workingDir)) ?? [];
      for (const one of read)
        if (one.status === 'rejected') warnings.push(messageOf(one.reason));
        else if (one.value !== undefined) cases = cases.concat(one.value);
      // a test may leave thousands of large reports
      if (cases.length > 2 * MOST_CASES) cases = keptCases(cases);
    }
    return keptCases(cases);
  }
}

/** Reports that are read side by side: a few, and none beside a large one. */
function* batches(files: readonly string[], sizeOf: (file: string) => number): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const file of files) {
    const size = sizeOf(file);
    if (batch.length === MOST_AT_ONCE || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
