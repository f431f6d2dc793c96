import { messageOf } from '../../errors.ts';
import type { TestCase } from '../../reports.ts';
import type { Expectations } from './checks.ts';
import { Pattern } from './pattern.ts';
import { PatternError } from './pattern-syntax.ts';

/** What a check found wrong, a sentence each; and what else helps to see why. */
export interface Findings {
  problems: string[];
  details?: string;
}

/** A text that was read or written, as far as it was kept. */
export interface Captured {
  text: string;
  whole: boolean;
}

const SHORT = 120;
const LINES_LOOKED_AT = 2000;

/** A check with its verdict. */
export function caseOf(
  check: { suite: string; name: string; file: string; line: number },
  { problems, details }: Findings,
  durationMs: number,
): TestCase {
  const [message, ...more] = problems;
  const rest = [...more, ...(details ? [details] : [])].join('\n');
  return {
    ...check,
    outcome: message === undefined ? 'passed' : 'failed',
    durationMs: Math.round(durationMs),
    ...(message === undefined ? {} : { message }),
    ...(message === undefined || rest === '' ? {} : { details: rest }),
  };
}

/** What is wrong with a text, which messages call `what`. */
export function textProblems(what: string, { text, whole }: Captured, { expected, excluded }: Expectations): string[] {
  if (!whole && expected.length + excluded.length > 0)
    return [`expected ${what} that can be looked at, found more than ${text.length} characters`];
  const problems: string[] = [];
  for (const pattern of expected) {
    try {
      if (pattern.isIn(text)) continue;
      problems.push(`expected ${what} to match ${shown(pattern)}, found ${quoted(text)}${hint(pattern, text)}`);
    } catch (error) {
      problems.push(tooLong(what, pattern, error));
    }
  }
  for (const pattern of excluded) {
    try {
      if (pattern.isIn(text))
        problems.push(`expected ${what} not to match ${shown(pattern)}, found ${quoted(lineOf(pattern, text))}`);
    } catch (error) {
      problems.push(tooLong(what, pattern, error));
    }
  }
  return problems;
}

/** A text in one line, in quotes, not too long. */
export function quoted(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.length > SHORT ? `${text.slice(0, SHORT)}…` : text);
}

/** A pattern as it was written, without line ends. */
function shown({ source }: Pattern): string {
  const text = source.length > SHORT ? `${source.slice(0, SHORT)}…` : source;
  return `/${text.replaceAll('\n', '\\n')}/`;
}

function tooLong(what: string, pattern: Pattern, error: unknown): string {
  if (!(error instanceof PatternError)) throw error;
  return `the pattern ${shown(pattern)} could not be decided for ${what}: ${messageOf(error)}`;
}

/** Most who write `^a$` think of lines. */
function hint({ source }: Pattern, text: string): string {
  if (!/[\^$]/.test(source) || !text.includes('\n')) return '';
  return new Pattern(`(?m)${source}`).isIn(text) ? '; (?m) at its beginning makes ^ and $ match at each line' : '';
}

function lineOf(pattern: Pattern, text: string): string {
  const found = text.split('\n', LINES_LOOKED_AT).find((line) => pattern.isIn(line));
  return found || text;
}
