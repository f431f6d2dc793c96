import type { TestCase, TestReport, TestResult } from '../reports.ts';

/** The report as JUnit, which every viewer of tests reads: a suite for each test, with the cases of its own reports. */
export function reportXml(report: TestReport): string {
  const suites = report.results.map(suiteOf);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="containerize" time="${seconds(report.durationMs)}">\n${suites.join('')}</testsuites>\n`;
}

function suiteOf(result: TestResult): string {
  const cases = casesOf(result);
  const count = (outcome: TestCase['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  const attributes = {
    name: result.name,
    tests: cases.length,
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(result.durationMs),
  };
  const properties = propertiesOf(result);
  const out = `    <system-out>${escaped(result.output.join('\n'))}</system-out>\n`;
  return `  <testsuite${words(attributes)}>\n${properties}${cases.map(caseOf).join('')}${out}  </testsuite>\n`;
}

/** A command that failed although its reports do not say so has a case of its own. */
function casesOf(result: TestResult): readonly TestCase[] {
  const said = result.cases.some(({ outcome }) => outcome === 'failed' || outcome === 'error');
  const failed = result.outcome === 'failed' || result.outcome === 'broken';
  if (result.cases.length > 0 && (said || !failed)) return result.cases;
  const own: TestCase = {
    name: result.name,
    classname: 'containerize',
    outcome: result.outcome === 'broken' ? 'error' : result.outcome,
    durationMs: result.durationMs,
    ...(result.message === undefined ? {} : { message: result.message }),
    ...(failed ? { details: result.output.join('\n') } : {}),
  };
  return [own, ...result.cases];
}

function propertiesOf({ memoryPeak, cpuUsec, attempts }: TestResult): string {
  const values = {
    ...(memoryPeak === undefined ? {} : { 'memory-peak-bytes': memoryPeak }),
    ...(cpuUsec === undefined ? {} : { 'cpu-seconds': (cpuUsec / 1e6).toFixed(3) }),
    ...(attempts > 1 ? { attempts } : {}),
  };
  const lines = Object.entries(values).map(([name, value]) => `      <property${words({ name, value })}/>\n`);
  return lines.length === 0 ? '' : `    <properties>\n${lines.join('')}    </properties>\n`;
}

function caseOf(one: TestCase): string {
  const { name, classname, file, line } = one;
  const attributes = {
    name,
    classname: classname ?? one.suite ?? 'containerize',
    time: seconds(one.durationMs),
    file,
    line,
  };
  const said = words({ message: one.message });
  const body = {
    passed: '',
    flaky: '',
    skipped: `<skipped${said}/>`,
    failed: `<failure${said}>${escaped(one.details ?? '')}</failure>`,
    error: `<error${said}>${escaped(one.details ?? '')}</error>`,
  }[one.outcome];
  return `    <testcase${words(attributes)}>${body}</testcase>\n`;
}

function words(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .map(([name, value]) =>
      // readers make blanks of bare line ends in attributes
      value === undefined
        ? ''
        : ` ${name}="${escaped(String(value)).replace(/[\t\n]/g, (c) => `&#${c.charCodeAt(0)};`)}"`,
    )
    .join('');
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** XML has no place for control characters and halves of pairs, not even written as numbers. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?')
    .replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
