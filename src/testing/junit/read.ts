import type { TestCase } from '../../reports.ts';
import { placeInTrace } from './trace.ts';
import { parseXml } from './xml.ts';

/** Attributes of the suites around a case. */
interface Suite {
  name?: string | undefined;
  file?: string | undefined;
}

/** What is known of a case while its element is open. */
interface OpenCase {
  suite: Suite;
  attributes: ReadonlyMap<string, string>;
  outcome: TestCase['outcome'];
  /** An earlier attempt failed. */
  again: boolean;
  message?: string | undefined;
  details: string;
}

const VERDICTS: Readonly<Record<string, TestCase['outcome']>> = {
  failure: 'failed',
  error: 'error',
  skipped: 'skipped',
  disabled: 'skipped',
};
/** Surefire's and Gradle's words for attempts before the one that counts. */
const EARLIER = new Set(['flakyFailure', 'flakyError', 'rerunFailure', 'rerunError']);
/** Values of `status` and `result` (CTest, GoogleTest) for what did not run. */
const NOT_RUN = new Set(['notrun', 'disabled', 'skipped', 'suppressed']);
/** CTest's word for a failure that has no element. */
const FAILED = new Set(['fail', 'failed']);

/** Characters that are kept of a name, of a message and of a trace. */
const NAME = 1000;
const MESSAGE = 4000;
const DETAILS = 20_000;
/** What no file has. */
const LONGEST_PATH = 4096;
const LAST_LINE = 10_000_000;
/** No test takes a year: container-structure-test writes nanoseconds. */
const LONGEST_SECONDS = 1e7;

/**
 * The cases of a JUnit report in the dialects of Surefire, Gradle, pytest, jest-junit, mocha, go-junit-report, gotestsum,
 * PHPUnit, RSpec, CTest, GoogleTest, container-structure-test and others; undefined when the document is something else.
 *
 * @throws TestingError `bad-junit` when it is no XML, or has a document type
 */
export function readJunit(text: string, file: string): TestCase[] | undefined {
  const cases: TestCase[] = [];
  const suites: Suite[] = [];
  let root: string | undefined;
  let open: OpenCase | undefined;
  let verdict: { name: string; text: string[]; length: number; type?: string | undefined } | undefined;
  parseXml(text, file, {
    open(written, attributes) {
      const name = written.slice(written.indexOf(':') + 1);
      root ??= name;
      if (root !== 'testsuites' && root !== 'testsuite') return;
      if (name === 'testsuites' || name === 'testsuite') {
        const above = suites.at(-1);
        suites.push({ name: attributes.get('name') || above?.name, file: attributes.get('file') || above?.file });
      } else if (name === 'testcase') {
        open = { suite: suites.at(-1) ?? {}, attributes, outcome: 'passed', again: false, details: '' };
      } else if (open !== undefined && EARLIER.has(name)) open.again = true;
      else if (open !== undefined && Object.hasOwn(VERDICTS, name)) {
        open.outcome = worse(open.outcome, VERDICTS[name]!);
        open.message ??= attributes.get('message') || undefined;
        verdict = { name: written, text: [], length: 0, type: attributes.get('type') };
      }
    },
    text(part) {
      if (verdict === undefined || verdict.length > DETAILS) return;
      verdict.text.push(part);
      verdict.length += part.length;
    },
    close(written) {
      if (verdict !== undefined && open !== undefined && written === verdict.name) {
        // a case may have any number of failures: together they are kept up to the same length
        const body = verdict.text
          .join('')
          .trim()
          .slice(0, Math.max(0, DETAILS - open.details.length));
        if (body !== '') open.details = [open.details, body].filter(Boolean).join('\n');
        open.message ??= body.split('\n')[0] || verdict.type;
        verdict = undefined;
      }
      const name = written.slice(written.indexOf(':') + 1);
      if (name === 'testsuite' || name === 'testsuites') suites.pop();
      if (name !== 'testcase' || open === undefined) return;
      cases.push(caseOf(open));
      open = undefined;
    },
  });
  return root === 'testsuites' || root === 'testsuite' ? cases : undefined;
}

function caseOf({ suite, attributes, outcome, again, message, details }: OpenCase): TestCase {
  const status = (attributes.get('status') ?? attributes.get('result') ?? '').toLowerCase();
  const said =
    outcome !== 'passed'
      ? outcome
      : NOT_RUN.has(status)
        ? 'skipped'
        : FAILED.has(status)
          ? 'failed'
          : again
            ? 'flaky'
            : outcome;
  const bad = said === 'failed' || said === 'error';
  const classname = attributes.get('classname') || attributes.get('class');
  const line = Number(attributes.get('line') ?? attributes.get('lineno') ?? Number.NaN);
  const named = attributes.get('file') || attributes.get('filepath') || suite.file;
  const file = named === undefined || named.length > LONGEST_PATH ? undefined : named;
  // where it failed says more than where it begins
  const traced = bad ? placeInTrace(`${details}\n${message ?? ''}`, file) : undefined;
  const place =
    traced ??
    (file === undefined ? undefined : { file, ...(line > 0 && line <= LAST_LINE ? { line: Math.trunc(line) } : {}) });
  return {
    name: attributes.get('name')?.slice(0, NAME) || '(no name)',
    ...(suite.name ? { suite: suite.name.slice(0, NAME) } : {}),
    ...(classname ? { classname: classname.slice(0, NAME) } : {}),
    outcome: said,
    durationMs: millisecondsOf(attributes.get('time') ?? attributes.get('duration')),
    ...(message === undefined ? {} : { message: message.slice(0, MESSAGE) }),
    ...(details === '' ? {} : { details }),
    ...place,
  };
}

function worse(a: TestCase['outcome'], b: TestCase['outcome']): TestCase['outcome'] {
  const order = ['passed', 'skipped', 'failed', 'error'];
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** Seconds with a point, with thousands in commas, or nanoseconds. */
function millisecondsOf(text: string | undefined): number {
  const number = Number((text ?? '').replaceAll(',', '').replace(/s$/, ''));
  if (!(number > 0)) return 0;
  return Math.round(number >= LONGEST_SECONDS ? number / 1e6 : number * 1000);
}
