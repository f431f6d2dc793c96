import { Writable } from 'node:stream';
import { ContainerizeError } from '../../errors.ts';
import { Containerize } from '../../pipeline/api.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { JobTests, TestJob, TestRow } from './job.ts';

/** Tests of an image failed. */
export class TestsFailed extends ContainerizeError<'tests-failed'> {
  /** The last lines of the first test that failed. */
  readonly output: readonly string[];

  constructor(message: string, output: readonly string[]) {
    super('tests-failed', message, { hint: 'nothing was pushed or released' });
    this.output = output;
  }
}

/** Containers that run at once. */
const PARALLEL = 4;
const TAIL = 40;

/** Runs each command by a shell in a fresh container of the image that was just built, straight from the store. */
export async function testImage(
  job: TestJob,
  digest: string,
  { engine, progress, signal }: { engine: Engine; progress: Progress; signal: AbortSignal },
): Promise<JobTests> {
  const containerize = new Containerize(engine);
  const rows: TestRow[] = [];
  const waiting = [...job.commands.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      rows[next[0]] = await runTest(containerize, ...settingsOf(next[1], job), digest, progress, signal);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const count = (outcome: TestRow['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  return {
    passed: count('passed') + count('flaky'),
    failed: count('failed'),
    skipped: 0,
    flaky: count('flaky'),
    rows,
  };
}

/** @throws TestsFailed when one of them did */
export function refuseFailed(tests: JobTests): void {
  const failed = tests.rows.filter((row) => row.outcome === 'failed');
  if (failed.length === 0) return;
  const names = failed.map((row) => `${row.name}: ${row.message}`);
  throw new TestsFailed(
    `${failed.length} of ${tests.rows.length} tests failed:\n  ${names.slice(0, 20).join('\n  ')}`,
    failed[0]!.output,
  );
}

/** A test's own settings over those of all. */
function settingsOf(test: TestJob['commands'][number], job: TestJob): [string, TestJob] {
  return typeof test === 'string' ? [test, job] : [test.run, { ...job, ...test }];
}

async function runTest(
  containerize: Containerize,
  command: string,
  job: TestJob,
  digest: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<TestRow> {
  const began = performance.now();
  const name = command.split('\n')[0]!.slice(0, 120);
  for (let attempt = 0; ; attempt++) {
    const task = progress.start({ name: attempt === 0 ? `test: ${name}` : `test: ${name} (again)`, group: 'tests' });
    const tail: string[] = [];
    const sink = (stream: 'stdout' | 'stderr') =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          task.output(stream, chunk);
          tail.push(...chunk.toString('utf8').trimEnd().split('\n'));
          tail.splice(0, tail.length - TAIL);
          done();
        },
      });
    const limit = AbortSignal.timeout(job.timeout * 1000);
    let message: string | undefined;
    try {
      const { exitCode, oomKilled } = await containerize.run(digest, ['/bin/sh', '-c', command], {
        entrypoint: [],
        network: job.network,
        signal: AbortSignal.any([signal, limit]),
        stdout: sink('stdout'),
        stderr: sink('stderr'),
      });
      if (limit.aborted) message = `did not end within ${job.timeout} s`;
      else if (oomKilled) message = 'ran out of memory';
      else if (exitCode !== 0) message = `ended with ${exitCode}`;
    } catch (error) {
      task.fail(error);
      signal.throwIfAborted();
      if (!limit.aborted) throw error;
      message = `did not end within ${job.timeout} s`;
    }
    signal.throwIfAborted();
    if (message === undefined) task.done();
    else task.fail(new Error(message));
    if (message === undefined || attempt >= job.retries) {
      const outcome = message !== undefined ? 'failed' : attempt > 0 ? 'flaky' : 'passed';
      const again = attempt > 0 ? `${attempt + 1} attempts` : undefined;
      const said = message ?? again;
      return {
        name,
        outcome,
        milliseconds: Math.round(performance.now() - began),
        output: tail,
        ...(said === undefined ? {} : { message: said }),
      };
    }
  }
}
