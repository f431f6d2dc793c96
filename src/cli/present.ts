/** Without the fields that are undefined or empty: records on disk stay small. */
export function present<T extends object>(
  object: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  const isEmpty = (value: unknown): boolean =>
    value === undefined ||
    value === false ||
    (Array.isArray(value)
      ? value.length === 0
      : typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  const kept = Object.entries(object).filter(([key, value]) => key === 'command' || !isEmpty(value));
  return Object.fromEntries(kept) as ReturnType<typeof present<T>>;
}
