/** What fields of a config mean together: everything that the specification forbids and the shape alone does not show. */
import type { Process, Spec } from './spec.js';
/** One sentence for each rule that is broken. */
export declare function specProblems(spec: Spec): string[];
/** Also for the process of `exec`. */
export declare function processProblems(process: Process, path: string): string[];
