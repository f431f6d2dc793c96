/**
 * Path patterns: `*` and `?` within one part, `**` for any depth, `[a-z]`, `[^a-z]`, backslash. All alternatives are
 * followed at once, so that time is length × pattern: with regular expressions a few stars could stop a build.
 */
export type Glob = (path: string) => boolean;

type Token =
  | { kind: 'one'; matches(ch: string): boolean }
  /** `*`: anything but slashes. */
  | { kind: 'star' }
  /** The way into `**` and `/`: nothing, or on to `depth`. */
  | { kind: 'maybe' }
  /** Inside `**` and `/`: anything, and out behind a slash. */
  | { kind: 'depth' }
  /** `**` at the end: anything at all. */
  | { kind: 'all' };

/** undefined when the pattern is malformed. */
export function compileGlob(text: string): Glob | undefined {
  const tokens = tokensOf([...text]);
  return tokens && ((path) => run(tokens, path));
}

function tokensOf(characters: readonly string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i++) {
    const ch = characters[i]!;
    if (ch === '*' && characters[i + 1] === '*') {
      i++;
      if (characters[i + 1] === '/') i++;
      if (i + 1 >= characters.length) tokens.push({ kind: 'all' });
      else tokens.push({ kind: 'maybe' }, { kind: 'depth' });
    } else if (ch === '*') tokens.push({ kind: 'star' });
    else if (ch === '?') tokens.push({ kind: 'one', matches: (c) => c !== '/' });
    else if (ch === '\\') {
      const next = characters[++i];
      if (next === undefined) return undefined;
      tokens.push({ kind: 'one', matches: (c) => c === next });
    } else if (ch === '[') {
      const set = bracket(characters, i);
      if (set === undefined) return undefined;
      tokens.push({ kind: 'one', matches: set.matches });
      i = set.end;
    } else tokens.push({ kind: 'one', matches: (c) => c === ch });
  }
  return tokens;
}

function bracket(characters: readonly string[], start: number): { matches: Glob; end: number } | undefined {
  let i = start + 1;
  const negated = characters[i] === '^';
  if (negated) i++;
  const ranges: [low: number, high: number][] = [];
  const one = (): number | undefined => {
    const ch = characters[i];
    if (ch === undefined || ch === '-' || ch === ']') return undefined;
    if (ch === '\\') i++;
    return characters[i++]?.codePointAt(0);
  };
  while (characters[i] !== ']' || ranges.length === 0) {
    const low = one();
    if (low === undefined) return undefined;
    let high: number | undefined = low;
    if (characters[i] === '-') {
      i++;
      high = one();
      if (high === undefined) return undefined;
    }
    ranges.push([low, high]);
    if (i >= characters.length) return undefined;
  }
  const matches = (ch: string): boolean => {
    const code = ch.codePointAt(0)!;
    return ch !== '/' && ranges.some(([low, high]) => low <= code && code <= high) !== negated;
  };
  return { matches, end: i };
}

function run(tokens: readonly Token[], path: string): boolean {
  const accept = tokens.length;
  let current = new Uint8Array(accept + 1);
  let next = new Uint8Array(accept + 1);
  const add = (states: Uint8Array, state: number): void => {
    if (states[state] === 1) return;
    states[state] = 1;
    const kind = tokens[state]?.kind;
    if (kind === 'star' || kind === 'all') add(states, state + 1);
    else if (kind === 'maybe') {
      add(states, state + 1);
      add(states, state + 2);
    }
  };
  add(current, 0);
  for (const ch of path) {
    let alive = false;
    next.fill(0);
    for (let state = 0; state < accept; state++) {
      if (current[state] === 0) continue;
      const token = tokens[state]!;
      if (token.kind === 'one') {
        if (!token.matches(ch)) continue;
        add(next, state + 1);
      } else if (token.kind === 'star') {
        if (ch === '/') continue;
        add(next, state);
      } else if (token.kind === 'maybe') continue;
      else {
        add(next, state);
        if (token.kind === 'depth' && ch === '/') add(next, state + 1);
      }
      alive = true;
    }
    if (!alive) return false;
    [current, next] = [next, current];
  }
  return current[accept] === 1;
}
