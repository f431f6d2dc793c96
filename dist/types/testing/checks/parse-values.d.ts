import type { Expectations, Pair, Variable } from './checks.js';
import type { YamlValue } from './yaml-value.js';
/** The items of a list, each read; none when there is no list. */
export declare function each<T>(value: YamlValue | undefined, read: (value: YamlValue) => T): T[];
/** A list of `key` and `value`. */
export declare function variables(value: YamlValue | undefined): Variable[];
/** A `key` with its `value`, which `isRegex` makes a pattern. */
export declare function pair(one: YamlValue): Pair;
/** Patterns that must be found, and such that must not. */
export declare function expectations(expected: YamlValue | undefined, excluded: YamlValue | undefined): Expectations;
