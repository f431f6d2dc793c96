import type { Directives, Word } from './instruction.js';
import type { Source } from './source.js';
/** Reads `# name=value` lines at the top; the first line that is none ends them. `lines`: how many they take. `syntaxCounts`: false when something overrides it. */
export declare function parseDirectives(source: Source, syntaxCounts?: boolean): {
    directives: Directives;
    lines: number;
};
/** Only the language itself is spoken here: other front ends are programs that we cannot run. */
export declare function checkSyntax(syntax: Word): void;
