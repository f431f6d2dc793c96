/** A part of the file that has keys. */
export type Plain = Readonly<Record<string, unknown>>;

/** One or several, as a list. */
export function listOf(given: unknown): string[] {
  if (given === undefined) return [];
  return typeof given === 'string' ? [given] : [...(given as string[])];
}

/** `NAME: value` or `NAME=value`, as the latter. */
export function pairsOf(given: unknown): string[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return [...(given as string[])];
  return Object.entries(given as Record<string, string | null>).map(([key, value]) =>
    value === null ? key : `${key}=${value}`,
  );
}
