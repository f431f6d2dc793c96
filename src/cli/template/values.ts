/** Go's truth: not zero, not empty. */
export function isTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

/** As Go's fmt prints with %v: `[a b]`, `map[k:v]`. */
export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printInner).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `map[${entries.map(([key, v]) => `${key}:${printInner(v)}`).join(' ')}]`;
  }
  return String(value);
}

function printInner(value: unknown): string {
  return value === undefined ? '<nil>' : printValue(value);
}

/** Order as Go's eq and lt see it; a TypeError when the two cannot be compared. */
export function compare(a: unknown, b: unknown): number {
  const comparable = (v: unknown) => typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean';
  if (!comparable(a) || !comparable(b) || typeof a !== typeof b) {
    if ((a ?? null) === null || (b ?? null) === null) return (a ?? null) === (b ?? null) ? 0 : 1;
    throw new TypeError(`cannot compare ${printValue(a)} with ${printValue(b)}`);
  }
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}
