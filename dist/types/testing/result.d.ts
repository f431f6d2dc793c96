import type { TestCase, TestReport, TestResult } from '../reports.js';
import type { AttemptEnd } from './attempt.js';
import type { TestSpec } from './spec.js';
/** Counts of the results. */
export declare function reportOf(results: TestResult[], durationMs: number): TestReport;
/** The result of a test that has nothing to say yet. */
export declare function blank({ name }: TestSpec): TestResult;
/** Why an attempt is no success; undefined when it is one. */
export declare function whyFailed(spec: TestSpec, { exit, timedOut, collected }: AttemptEnd, cases: readonly TestCase[]): string | undefined;
/** Image checks as the result of a test. */
export declare function ofChecks(spec: TestSpec, cases: readonly TestCase[]): TestResult;
/** Most cases of one test that a report keeps. */
export declare const MOST_CASES = 20000;
/** What failed is read first, and never what is left out. */
export declare function keptCases(cases: readonly TestCase[]): TestCase[];
