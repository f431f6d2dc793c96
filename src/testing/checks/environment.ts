import type { Variable } from './checks.ts';

/** Variables by name. */
export type Environment = ReadonlyMap<string, string>;

/** `NAME=VALUE` of an image. */
export function environmentOf(entries: readonly string[]): Map<string, string> {
  return new Map(
    entries.map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

/** With more variables, whose values may use those before them. */
export function withVariables(base: Environment, added: readonly Variable[]): Map<string, string> {
  const all = new Map(base);
  for (const { key, value } of added) all.set(key, expand(value, all));
  return all;
}

/**
 * Puts variables into a text: `$NAME` and `${NAME}`. What is not set stays as it was written, so that a script for a
 * shell keeps its own variables.
 */
export function expand(text: string, environment: Environment): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (written, braced?: string, plain?: string) => environment.get((braced ?? plain)!) ?? written,
  );
}
