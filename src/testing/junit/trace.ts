/** A line of somebody's source. */
export interface TracePlace {
  file: string;
  line: number;
}

const ENDINGS =
  'py|pyx|js|jsx|mjs|cjs|ts|tsx|mts|cts|vue|svelte|java|kt|kts|groovy|scala|go|rb|php|phpt|cs|fs|vb|rs|c|cc|cpp|cxx|h|hpp|swift|ex|exs|erl|lua|pl|t|sh|bats|dart|hs|ml|clj';
/** How languages name a line: `File "x.py", line 3`, `(x.js:3:5)`, `x.go:3:`, `X.cs:line 3`, `X.php(3)`. */
const PLACE = new RegExp(
  `(?:File "([^"\\n]{1,500})", line (\\d{1,7}))|(?<![\\w@./\\\\+-])((?:file://)?[\\w@./\\\\+-]{1,500}\\.(?:${ENDINGS}))(?::line |:|\\()(\\d{1,7})\\b`,
  'g',
);
/** Frames of runners, libraries and run-times: never where a test went wrong. */
const NOT_OURS =
  /(^|\/)(node_modules|site-packages|dist-packages|vendor|gems|\.cargo|rustlib|\.m2|lib\/python[\d.]*|go\/pkg\/mod)\/|^node:|^(internal|java|jdk|sun|junit|org\/junit|kotlin)\/|^\/(usr|rustc|opt\/java)\//;
/** Longest trace that is looked at: its ends count. */
const LONGEST = 20_000;

/**
 * The line that a trace is about: Python tells it last, all others first. A line in the test's own file is preferred,
 * since a failed expectation is often reported from a helper.
 */
export function placeInTrace(trace: string, ownFile?: string): TracePlace | undefined {
  const found: (TracePlace & { python: boolean })[] = [];
  for (const match of trace.slice(0, LONGEST).matchAll(PLACE)) {
    const file = (match[1] ?? match[3]!).replace(/^file:\/\//, '').replaceAll('\\', '/');
    const line = Number(match[2] ?? match[4]);
    if (line > 0 && !NOT_OURS.test(file)) found.push({ file, line, python: match[1] !== undefined });
  }
  const own = ownFile === undefined ? [] : found.filter(({ file }) => sameEnd(file, ownFile));
  const chosen = own.length > 0 ? own : found;
  const best = chosen.some(({ python }) => python) ? chosen.at(-1) : chosen[0];
  return best && { file: best.file, line: best.line };
}

/** `/app/tests/a.py` and `tests/a.py`. */
function sameEnd(a: string, b: string): boolean {
  const [x, y] = [a.replace(/^\.?\//, ''), b.replace(/^\.?\//, '')];
  return x === y || x.endsWith(`/${y}`) || y.endsWith(`/${x}`);
}
