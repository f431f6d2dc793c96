import { ContainerizeError, type SourceLocation } from '../../errors.ts';
import { parseSize } from '../../size.ts';
import { reportPattern, TEST_DEFAULTS, type TestSpec, testSpec } from '../../testing/spec.ts';
import { ConfigError } from './error.ts';
import { type Plain, pairsOf } from './values.ts';

/** One entry of `tests`: a command, or a mapping with `run`, `target` or `checks`. @throws ConfigError */
export function testOf(given: string | Plain, path: string, location: SourceLocation | undefined): TestSpec {
  const test: Plain = typeof given === 'string' ? { run: given } : given;
  const fail = (message: string, hint?: string): never => {
    throw new ConfigError('bad-value', `${path}: ${message}`, { location, hint });
  };
  const text = (from: string, to: keyof TestSpec) => (test[from] === undefined ? {} : { [to]: test[from] as string });
  if (test.run === undefined && test.target === undefined && test.checks === undefined)
    fail('expected run, target or checks', 'run: COMMAND, or target: STAGE to see that a stage builds');
  if (test.run !== undefined && test.checks !== undefined)
    fail('expected either run or checks, found both', 'make two tests of it');
  const reports = ((test.reports ?? []) as (string | { path: string; required?: boolean })[]).map((report) =>
    typeof report === 'string' ? { path: report } : report,
  );
  try {
    for (const { path } of reports) reportPattern(path);
    return testSpec({
      ...text('name', 'name'),
      ...text('run', 'run'),
      ...text('target', 'target'),
      ...text('checks', 'checks'),
      ...text('user', 'user'),
      ...text('working_dir', 'workingDir'),
      env: pairsOf(test.environment),
      network: (test.network as TestSpec['network'] | undefined) ?? TEST_DEFAULTS.network,
      limits: {
        ...(test.mem_limit === undefined ? {} : { memory: sizeOf(String(test.mem_limit), fail) }),
        ...(test.cpus === undefined ? {} : { cpus: test.cpus as number }),
        ...(test.pids_limit === undefined ? {} : { pids: test.pids_limit as number }),
      },
      timeout: secondsOf(test.timeout),
      retries: (test.retries as number | undefined) ?? TEST_DEFAULTS.retries,
      reports,
    });
  } catch (error) {
    if (error instanceof ConfigError || !(error instanceof ContainerizeError)) throw error;
    return fail(error.message, error.hint);
  }
}

function sizeOf(text: string, fail: (message: string) => never): number {
  return parseSize(text) ?? fail(`mem_limit: expected a size such as 512m or 2g, found "${text.slice(0, 60)}"`);
}

function secondsOf(given: unknown): number {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string') return TEST_DEFAULTS.timeout;
  const unit = { s: 1, m: 60, h: 3600 }[given.at(-1) as 's' | 'm' | 'h'];
  return Number(given.slice(0, -1)) * unit;
}
