/**
 * Shell patterns inside `${name#pattern}` and `${name/pattern/…}`: `*` and `?` (neither crosses a line end), a
 * backslash before `*`, `?`, `\`, `/` and `}`; no bracket classes. Matching simulates all alternatives at once, so
 * time is length × pattern, whatever the pattern.
 */
export type Pattern = readonly (string | typeof ANY | typeof STAR)[];

const ANY = Symbol('?');
const STAR = Symbol('*');

/** Throws a plain Error naming the bad escape. */
export function compilePattern(text: string): Pattern {
  const tokens: (string | typeof ANY | typeof STAR)[] = [];
  const characters = [...text];
  for (let i = 0; i < characters.length; i++) {
    const ch = characters[i]!;
    if (ch === '*') tokens.push(STAR);
    else if (ch === '?') tokens.push(ANY);
    else if (ch === '\\') {
      const next = characters[i + 1];
      if (next === undefined || !'*?\\/}'.includes(next)) throw new Error(`invalid escape '\\${next ?? ''}'`);
      tokens.push(next);
      i++;
    } else tokens.push(ch);
  }
  return tokens;
}

/** The leftmost match in `text` from `from` on: `anchored` only there; `longest` or shortest end. */
function findPattern(
  pattern: Pattern,
  text: readonly string[],
  options: { from?: number; anchored: boolean; longest: boolean },
): [start: number, end: number] | undefined {
  const from = options.from ?? 0;
  const accept = pattern.length;
  // state → leftmost start of a match that is in this state; -1 is none.
  let current = new Int32Array(accept + 1).fill(-1);
  let best: [number, number] | undefined;
  const add = (states: Int32Array, state: number, start: number): void => {
    for (let s = state; ; s++) {
      if (states[s]! !== -1 && states[s]! <= start) return;
      states[s] = start;
      if (pattern[s] !== STAR) return;
    }
  };
  for (let at = from; ; at++) {
    if (best === undefined && (at === from || !options.anchored)) add(current, 0, at);
    const start = current[accept]!;
    if (start !== -1 && (best === undefined || start < best[0] || (start === best[0] && options.longest))) {
      best = [start, at];
    }
    if (best !== undefined && !options.longest && !someBefore(current, best[0])) return best;
    const ch = text[at];
    if (ch === undefined) return best;
    const next = new Int32Array(accept + 1).fill(-1);
    let alive = false;
    for (let state = 0; state < accept; state++) {
      const since = current[state]!;
      if (since === -1 || (best !== undefined && since > best[0])) continue;
      const token = pattern[state];
      if (token === STAR ? ch !== '\n' : token === ANY ? ch !== '\n' : token === ch) {
        add(next, token === STAR ? state : state + 1, since);
        alive = true;
      }
    }
    if (!alive && (best !== undefined || options.anchored)) return best;
    current = next;
  }
}

function someBefore(states: Int32Array, start: number): boolean {
  for (let s = 0; s < states.length - 1; s++) if (states[s]! !== -1 && states[s]! < start) return true;
  return false;
}

/** `${value#pattern}` and, longest, `${value##pattern}`. */
export function trimPrefix(pattern: Pattern, value: string, longest: boolean): string {
  const characters = [...value];
  const match = findPattern(pattern, characters, { anchored: true, longest });
  return match ? characters.slice(match[1]).join('') : value;
}

/** `${value%pattern}` and, longest, `${value%%pattern}`. */
export function trimSuffix(pattern: Pattern, value: string, longest: boolean): string {
  const backwards = [...value].reverse();
  const match = findPattern([...pattern].reverse(), backwards, { anchored: true, longest });
  return match ? backwards.slice(match[1]).reverse().join('') : value;
}

/** `${value/pattern/replacement}`: the first match. */
export function replaceFirst(pattern: Pattern, value: string, replacement: string): string {
  const characters = [...value];
  const match = findPattern(pattern, characters, { anchored: false, longest: true });
  if (!match) return value;
  return characters.slice(0, match[0]).join('') + replacement + characters.slice(match[1]).join('');
}

/** `${value//pattern/replacement}`: every match. As in BuildKit `$0` is the match, other `$name` nothing, `$$` a dollar. */
export function replaceAll(pattern: Pattern, value: string, replacement: string): string {
  const characters = [...value];
  const out: string[] = [];
  let at = 0;
  let lastEnd = -1;
  while (at <= characters.length) {
    const match = findPattern(pattern, characters, { from: at, anchored: false, longest: true });
    if (!match) break;
    const [start, end] = match;
    for (let i = at; i < start; i++) out.push(characters[i]!);
    // An empty match right after a match does not count, as in Go's regexp.
    if (end > start || start !== lastEnd) out.push(fromTemplate(replacement, characters.slice(start, end).join('')));
    lastEnd = end;
    at = end;
    if (end === start) {
      if (at < characters.length) out.push(characters[at]!);
      at++;
    }
  }
  for (let i = at; i < characters.length; i++) out.push(characters[i]!);
  return out.join('');
}

function fromTemplate(template: string, match: string): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced?: string, bare?: string) => {
    if (all === '$$') return '$';
    return (braced ?? bare) === '0' ? match : '';
  });
}
