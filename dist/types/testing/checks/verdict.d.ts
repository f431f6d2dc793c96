import type { TestCase } from '../../reports.js';
import type { Expectations } from './checks.js';
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
/** A check with its verdict. */
export declare function caseOf(check: {
    suite: string;
    name: string;
    file: string;
    line: number;
}, { problems, details }: Findings, durationMs: number): TestCase;
/** What is wrong with a text, which messages call `what`. */
export declare function textProblems(what: string, { text, whole }: Captured, { expected, excluded }: Expectations): string[];
/** A text in one line, in quotes, not too long. */
export declare function quoted(text: string): string;
