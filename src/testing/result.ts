import type { TestCase, TestReport, TestResult } from '../reports.ts';
import type { AttemptEnd } from './attempt.ts';
import type { TestSpec } from './spec.ts';

/** Counts of the results. */
export function reportOf(results: TestResult[], durationMs: number): TestReport {
  const count = (outcome: TestResult['outcome']): number => results.filter((r) => r.outcome === outcome).length;
  return {
    passed: count('passed') + count('flaky'),
    failed: count('failed'),
    flaky: count('flaky'),
    broken: count('broken'),
    skipped: count('skipped'),
    durationMs: Math.round(durationMs),
    results,
  };
}

/** The result of a test that has nothing to say yet. */
export function blank({ name }: TestSpec): TestResult {
  return { name, outcome: 'passed', durationMs: 0, attempts: 1, output: [], cases: [], reports: [], warnings: [] };
}

/** Why an attempt is no success; undefined when it is one. */
export function whyFailed(
  spec: TestSpec,
  { exit, timedOut, collected }: AttemptEnd,
  cases: readonly TestCase[],
): string | undefined {
  if (timedOut) return `did not end within ${spec.timeout} s`;
  if (exit.oomKilled) {
    const { memory } = spec.limits;
    return `ran out of memory${memory === undefined ? '' : ` (limit ${memory} bytes)`}`;
  }
  const bad = cases.filter(({ outcome }) => outcome === 'failed' || outcome === 'error').length;
  if (exit.exitCode !== 0) {
    const how = exit.signal === undefined ? `ended with ${exit.exitCode}` : `was ended by signal ${exit.signal}`;
    return bad === 0 ? how : `${how}: ${bad} of ${cases.length} cases failed`;
  }
  if (bad > 0) return `ended with 0, but its report says that ${bad} of ${cases.length} cases failed`;
  return collected.missing[0];
}

/** Image checks as the result of a test. */
export function ofChecks(spec: TestSpec, cases: readonly TestCase[]): TestResult {
  const bad = cases.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
  return {
    ...blank(spec),
    outcome: bad.length === 0 ? 'passed' : 'failed',
    ...(bad.length === 0 ? {} : { message: `${bad.length} of ${cases.length} checks failed` }),
    output: bad.flatMap((one) => [`${one.name}: ${one.message ?? one.outcome}`, ...(one.details?.split('\n') ?? [])]),
    cases: keptCases(cases),
  };
}

/** Most cases of one test that a report keeps. */
export const MOST_CASES = 20_000;
/** Characters of messages and traces that are kept of all of them: the report is held in memory, and printed. */
const MOST_TEXT = 2 * 1024 * 1024;

/** What failed is read first, and never what is left out. */
export function keptCases(cases: readonly TestCase[]): TestCase[] {
  const order = ['failed', 'error', 'flaky', 'skipped', 'passed'];
  const sorted = [...cases].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  let room = MOST_TEXT;
  return sorted.slice(0, MOST_CASES).map((one) => {
    room -= (one.message?.length ?? 0) + (one.details?.length ?? 0);
    if (room >= 0) return one;
    const { details: _, message, ...rest } = one;
    return message === undefined ? rest : { ...rest, message: message.slice(0, 200) };
  });
}
