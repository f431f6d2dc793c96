import { messageOf } from '../../errors.ts';
import { TestingError } from '../error.ts';
import type { Expectations, Pair, Variable } from './checks.ts';
import { Pattern } from './pattern.ts';
import type { YamlValue } from './yaml-value.ts';

/** The items of a list, each read; none when there is no list. */
export function each<T>(value: YamlValue | undefined, read: (value: YamlValue) => T): T[] {
  return value?.list().map(read) ?? [];
}

/** A list of `key` and `value`. */
export function variables(value: YamlValue | undefined): Variable[] {
  return each(value, (one) => {
    const { key, value: text } = one.keys('key', 'value', 'isRegex');
    const name = key?.filled() ?? one.fail('key is missing');
    if (/[=\0]/.test(name)) key!.fail('the name of a variable has no "="');
    if (text?.text().includes('\0')) text.fail('a value has no zero byte');
    return { key: name, value: text?.text() ?? '' };
  });
}

/** A `key` with its `value`, which `isRegex` makes a pattern. */
export function pair(one: YamlValue): Pair {
  const { key, value, isRegex } = one.keys('key', 'value', 'isRegex');
  const text = value?.text() ?? '';
  return {
    key: key?.filled() ?? one.fail('key is missing'),
    line: one.line,
    value: isRegex?.flag() ? pattern(value ?? one) : text,
  };
}

/** Patterns that must be found, and such that must not. */
export function expectations(expected: YamlValue | undefined, excluded: YamlValue | undefined): Expectations {
  return { expected: each(expected, pattern), excluded: each(excluded, pattern) };
}

function pattern(value: YamlValue): Pattern {
  const source = value.text();
  try {
    return new Pattern(source);
  } catch (error) {
    if (error instanceof TestingError) throw error;
    return value.fail(
      `not a regular expression: ${messageOf(error)}: ${source.slice(0, 80)}`,
      'the syntax is that of RE2 (https://github.com/google/re2/wiki/Syntax)',
    );
  }
}
