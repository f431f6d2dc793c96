import type { TestReport, TestResult } from '../../reports.ts';
import { plainText } from '../progress/seconds.ts';

const MARKS = { passed: 'ok', flaky: 'ok', failed: 'FAILED', broken: 'NOT RUN', skipped: 'skipped' } as const;
/** Failed cases that are named for one test. */
const MOST_CASES = 20;
const TAIL = 20;

/** 0: passed; 1: tests failed; 2: none failed, and some could not be run. */
export function exitOfTests({ failed, broken }: TestReport): 0 | 1 | 2 {
  return failed > 0 ? 1 : broken > 0 ? 2 : 0;
}

/** `3 passed, 1 failed`. */
export function countsText({ passed, failed, flaky, broken, skipped }: TestReport): string {
  return [
    `${passed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(flaky > 0 ? [`${flaky} of them flaky`] : []),
    ...(broken > 0 ? [`${broken} could not be run`] : []),
    ...(skipped > 0 ? [`${skipped} left to other shards`] : []),
  ].join(', ');
}

/** The report for people: a line for each test, below it what failed and where. */
export function testText(report: TestReport): string {
  return `${report.results.map(resultText).join('')}\n${countsText(report)} (${seconds(report.durationMs)})\n`;
}

function resultText(result: TestResult): string {
  const facts = [
    seconds(result.durationMs),
    ...(result.memoryPeak === undefined ? [] : [`${(result.memoryPeak / 2 ** 20).toFixed(1)} MiB`]),
    ...(result.cpuUsec === undefined ? [] : [`${(result.cpuUsec / 1e6).toFixed(2)} s CPU`]),
  ];
  const bad = result.cases.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
  const lines = [
    `${MARKS[result.outcome]}  ${result.name}${result.outcome === 'skipped' ? '' : ` (${facts.join(', ')})`}`,
    ...(result.message === undefined || result.outcome === 'skipped'
      ? []
      : result.message.split('\n').map((line) => `    ${line}`)),
    ...result.warnings.map((warning) => `    warning: ${warning}`),
    ...bad.slice(0, MOST_CASES).map((one) => {
      const where = one.file === undefined ? '' : `${one.file}${one.line === undefined ? '' : `:${one.line}`}: `;
      const name = [one.classname ?? one.suite, one.name].filter(Boolean).join(' › ');
      return `    ✗ ${where}${name}${one.message === undefined ? '' : `: ${one.message.split('\n')[0]}`}`;
    }),
    ...(bad.length > MOST_CASES ? [`    and ${bad.length - MOST_CASES} more`] : []),
    ...(result.outcome === 'failed' && bad.length === 0
      ? result.output.slice(-TAIL).map((line) => `    | ${line}`)
      : []),
    ...(result.reports.length === 0
      ? []
      : [`    reports: ${result.reports.slice(0, 5).join(', ')}${result.reports.length > 5 ? ', …' : ''}`]),
  ];
  // names and output are a program's: a line of ours stays one, and moves no cursor
  return lines.map((line) => `${plainText(line.replace(/[\r\n]+/g, ' '))}\n`).join('');
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
