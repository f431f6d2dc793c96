const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A Go duration such as `1m30s`, `500ms` or `0`, in nanoseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text)!;
  const sign = match[1] === '-' ? -1 : 1;
  if (match[2] === '0') return 0;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  let at = 0;
  while (at < match[2]!.length) {
    part.lastIndex = at;
    const piece = part.exec(match[2]!);
    if (!piece) return undefined;
    total += Number(piece[1]) * UNITS[piece[2]!]!;
    at = part.lastIndex;
  }
  return at === 0 ? undefined : sign * Math.round(total);
}
