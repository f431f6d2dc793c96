import { describe, expect, test } from '@jest/globals';
import type { TestCase, TestResult } from '../../src/reports.ts';
import { readJunit } from '../../src/testing/junit/read.ts';
import { reportXml } from '../../src/testing/report-xml.ts';
import { blank, keptCases, reportOf } from '../../src/testing/result.ts';
import { testSpec } from '../../src/testing/spec.ts';

const result = (more: Partial<TestResult>): TestResult => ({ ...blank(testSpec({ run: 'npm test' })), ...more });
const xml = (...results: TestResult[]): string => reportXml(reportOf(results, 1234));
/** What another program reads in it. */
const read = (...results: TestResult[]): TestCase[] => readJunit(xml(...results), 'report.xml')!;

describe('the report as JUnit', () => {
  test('a test without a report is a case of its own', () => {
    expect(read(result({ durationMs: 1500 }))).toEqual([
      { suite: 'npm test', name: 'npm test', classname: 'containerize', outcome: 'passed', durationMs: 1500 },
    ]);
  });

  test('a failed one has its message, and the last lines of its output', () => {
    const [one] = read(result({ outcome: 'failed', message: 'ended with 1', output: ['a < b', 'c && d'] }));
    expect(one).toMatchObject({ outcome: 'failed', message: 'ended with 1', details: 'a < b\nc && d' });
  });

  test('what could not be run is an error, what another shard runs is skipped', () => {
    expect(
      read(result({ outcome: 'broken', message: 'x' }), result({ outcome: 'skipped' })).map(({ outcome }) => outcome),
    ).toEqual(['error', 'skipped']);
  });

  test('cases of reports stand for their test, unless it failed and they do not say so', () => {
    const passed: TestCase = { name: 'adds', outcome: 'passed', durationMs: 1 };
    const failed: TestCase = { ...passed, name: 'takes', outcome: 'failed', message: 'no', file: 'a.ts', line: 3 };
    expect(read(result({ cases: [passed] })).map(({ name }) => name)).toEqual(['adds']);
    expect(read(result({ outcome: 'failed', cases: [failed, passed] }))).toMatchObject([
      { name: 'takes', outcome: 'failed', message: 'no', file: 'a.ts', line: 3 },
      { name: 'adds' },
    ]);
    expect(read(result({ outcome: 'failed', message: 'm', cases: [passed] })).map(({ name }) => name)).toEqual([
      'npm test',
      'adds',
    ]);
    expect(xml(result({ outcome: 'failed', cases: [failed, passed] }))).toContain(
      '<testsuite name="npm test" tests="2" failures="1" errors="0" skipped="0"',
    );
  });

  test('every text comes out as it went in: markup, quotes, line ends, characters beyond 16 bits', () => {
    const name = `<a href="x">'&amp;'</a> 🎉\tü\nsecond\rthird ]]> `;
    const message = 'first\nsecond "quoted"\ttab';
    const [one] = read(result({ cases: [{ name, message, outcome: 'failed', durationMs: 0 }], outcome: 'failed' }));
    expect([one!.name, one!.message]).toEqual([name, message]);
  });

  test('what XML has no place for is a question mark', () => {
    const text = xml(result({ output: ['bell \u0007 escape \u001b[31m nul \0 half \ud83d end'] }));
    expect(text).toContain('bell ? escape ?[31m nul ? half ? end');
    expect(() => readJunit(text, 'report.xml')).not.toThrow();
  });

  test('memory, processor time and attempts are properties', () => {
    const text = xml(result({ memoryPeak: 1024, cpuUsec: 1_500_000, attempts: 2, outcome: 'flaky' }));
    expect(text).toContain('<property name="memory-peak-bytes" value="1024"/>');
    expect(text).toContain('<property name="cpu-seconds" value="1.500"/>');
    expect(text).toContain('<property name="attempts" value="2"/>');
  });
});

describe('what is kept of many cases', () => {
  const many = (count: number, more: Partial<TestCase>): TestCase[] =>
    Array.from({ length: count }, (_, i) => ({ name: `case ${i}`, outcome: 'passed', durationMs: 0, ...more }));

  test('the failed ones first, and at most 20,000', () => {
    const kept = keptCases([...many(300_000, {}), ...many(2, { outcome: 'failed' }), ...many(1, { outcome: 'error' })]);
    expect(kept).toHaveLength(20_000);
    expect(kept.slice(0, 4).map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'error', 'passed']);
  });

  test('their traces share a room', () => {
    const kept = keptCases(many(2000, { outcome: 'failed', message: 'm'.repeat(4000), details: 'd'.repeat(20_000) }));
    expect(kept).toHaveLength(2000);
    expect(kept[0]!.details).toHaveLength(20_000);
    expect(kept.at(-1)).toEqual({ name: 'case 1999', outcome: 'failed', durationMs: 0, message: 'm'.repeat(200) });
    expect(JSON.stringify(kept).length).toBeLessThan(10 * 2 ** 20);
  });
});
