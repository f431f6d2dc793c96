/** How Go prints values: history lines are compared and parsed by tools that know docker's spelling. */

/** `%v` of a list: `[a b]`. */
export function goList(words: readonly string[]): string {
  return `[${words.join(' ')}]`;
}

/** `%q` of a list: `["a" "b"]`. */
export function goQuoted(words: readonly string[]): string {
  return `[${words.map(quote).join(' ')}]`;
}

/** `%v` of a duration in nanoseconds: `1m30s`, `500ms`, `0s`. */
export function goDuration(nanoseconds = 0): string {
  if (nanoseconds === 0) return '0s';
  for (const [unit, size] of [
    ['ns', 1e3],
    ['µs', 1e6],
    ['ms', 1e9],
  ] as const) {
    if (nanoseconds < size) return `${trim((nanoseconds * 1000) / size)}${unit}`;
  }
  const seconds = nanoseconds / 1e9;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${trim(seconds % 60)}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

const SHORT: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

function quote(text: string): string {
  const escaped = text.replace(/["\\\u0000-\u001f\u007f-\u00a0\ufeff]/g, (c) => {
    const code = c.codePointAt(0)!;
    return (
      SHORT[c] ??
      (code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
    );
  });
  return `"${escaped}"`;
}

function trim(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}
