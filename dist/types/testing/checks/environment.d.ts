import type { Variable } from './checks.js';
/** Variables by name. */
export type Environment = ReadonlyMap<string, string>;
/** `NAME=VALUE` of an image. */
export declare function environmentOf(entries: readonly string[]): Map<string, string>;
/** With more variables, whose values may use those before them. */
export declare function withVariables(base: Environment, added: readonly Variable[]): Map<string, string>;
/**
 * Puts variables into a text: `$NAME` and `${NAME}`. What is not set stays as it was written, so that a script for a
 * shell keeps its own variables.
 */
export declare function expand(text: string, environment: Environment): string;
