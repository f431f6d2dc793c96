import { isWord } from './pattern-classes.ts';
import { type Assertion, PatternError, type PatternNode, parsePattern } from './pattern-syntax.ts';

type Step =
  | { readonly kind: 'character'; readonly test: (code: number) => boolean; readonly next: number }
  | { readonly kind: 'assertion'; readonly at: Assertion; readonly next: number }
  | { kind: 'fork'; readonly next: number[] }
  | { readonly kind: 'found' };

/** What came before a place in the text; nothing else of it matters to what may follow. */
type Before = 'begin' | 'line-end' | 'word' | 'other';

/** All places in the program that may be next. Transitions are found once and remembered. */
interface State {
  readonly places: readonly number[];
  readonly before: Before;
  readonly after: Map<number, State>;
}

const MOST_STEPS = 10_000;
const MOST_STATES = 2_000;
/** Steps of one search: about a second. */
const MOST_WORK = 30_000_000;
/** After the last character. */
const END = -1;

/**
 * A regular expression that looks at each character of a text once, whatever it is and whatever the text: there is no
 * expression that takes exponential time, as those of JavaScript can.
 */
export class Pattern {
  readonly source: string;
  readonly #steps: Step[] = [];
  readonly #first: number;
  readonly #asserts: boolean;
  readonly #states = new Map<string, State>();
  readonly #found: State = { places: [], before: 'other', after: new Map() };
  #marks = new Uint32Array(0);
  #mark = 0;
  #work = 0;

  /** @throws PatternError */
  constructor(source: string) {
    this.source = source;
    this.#first = this.#compile(parsePattern(source), this.#add({ kind: 'found' }));
    this.#asserts = this.#steps.some(({ kind }) => kind === 'assertion');
    this.#marks = new Uint32Array(this.#steps.length);
  }

  /** Whether it is somewhere in the text. @throws PatternError when that would take too long */
  isIn(text: string): boolean {
    this.#work = 0;
    let state = this.#state([], 'begin');
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i)!;
      if (code > 0xffff) i++;
      state = state.after.get(code) ?? this.#go(state, code);
      if (state === this.#found) return true;
    }
    return this.#go(state, END) === this.#found;
  }

  /** Makes the program for `node`, from its end to its beginning; gives where it begins. */
  #compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'character':
        return this.#add({ kind: 'character', test: node.test, next });
      case 'assertion':
        return this.#add({ kind: 'assertion', at: node.at, next });
      case 'sequence':
        return node.of.reduceRight((after, one) => this.#compile(one, after), next);
      case 'choice':
        return this.#add({ kind: 'fork', next: node.of.map((one) => this.#compile(one, next)) });
      case 'repeat': {
        let at = next;
        if (node.max === Number.POSITIVE_INFINITY) {
          const fork: Step = { kind: 'fork', next: [next] };
          at = this.#add(fork);
          fork.next.push(this.#compile(node.of, at));
        } else {
          for (let i = node.min; i < node.max; i++)
            at = this.#add({ kind: 'fork', next: [next, this.#compile(node.of, at)] });
        }
        for (let i = 0; i < node.min; i++) at = this.#compile(node.of, at);
        return at;
      }
    }
  }

  #add(step: Step): number {
    if (this.#steps.push(step) > MOST_STEPS) throw new PatternError('it is too large', 0);
    return this.#steps.length - 1;
  }

  /** The state after one more character, or END. */
  #go(state: State, code: number): State {
    this.#mark++;
    const next: number[] = [];
    const stack = [this.#first, ...state.places];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#marks[at] === this.#mark) continue;
      this.#marks[at] = this.#mark;
      if (++this.#work > MOST_WORK) throw new PatternError('it takes too long on this text', 0);
      const step = this.#steps[at]!;
      if (step.kind === 'found') return this.#keep(state, code, this.#found);
      if (step.kind === 'fork') for (const one of step.next) stack.push(one);
      else if (step.kind === 'assertion') {
        if (holds(step.at, state.before, code)) stack.push(step.next);
      } else if (code !== END && step.test(code)) next.push(step.next);
    }
    const places = [...new Set(next)].sort((a, b) => a - b);
    return this.#keep(state, code, this.#state(places, this.#asserts ? beforeOf(code) : 'other'));
  }

  #keep(from: State, code: number, to: State): State {
    from.after.set(code, to);
    return to;
  }

  #state(places: readonly number[], before: Before): State {
    const key = `${before}:${places.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    // forgetting costs time and no correctness
    if (this.#states.size >= MOST_STATES) {
      for (const { after } of this.#states.values()) after.clear();
      this.#states.clear();
    }
    const state: State = { places, before, after: new Map() };
    this.#states.set(key, state);
    return state;
  }
}

function beforeOf(code: number): Before {
  return code === 10 ? 'line-end' : isWord(code) ? 'word' : 'other';
}

function holds(at: Assertion, before: Before, code: number): boolean {
  switch (at) {
    case 'begin':
      return before === 'begin';
    case 'end':
      return code === END;
    case 'line-begin':
      return before === 'begin' || before === 'line-end';
    case 'line-end':
      return code === END || code === 10;
    case 'word-edge':
      return (before === 'word') !== isWord(code);
    case 'no-word-edge':
      return (before === 'word') === isWord(code);
  }
}
