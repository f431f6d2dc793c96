import { type Instruction, JGE, JUMP, op, RETURN } from './bpf.ts';

/** What is done with a range of numbers: one answer, or code that looks at the arguments. */
export type Leaf = { action: number } | { code: Instruction[] };

/** Numbers from `start` on go `high`, those below `low`. */
export interface Split {
  start: number;
  low: Split | Leaf;
  high: Split | Leaf;
}

/** Where code begins, counted from the program's end; an answer alone can be had anywhere again. */
export interface Place {
  at: number;
  action?: number;
}

/** A test reaches 255 instructions; a few may still come between it and what was found near enough. */
const REACH = 250;

/**
 * Puts a program together from its end, since all jumps go forward: the kernel translates every instruction at each start of a
 * container, so an answer that is near enough is jumped to and not written down again.
 */
export class Assembler {
  /** Last instruction first. */
  readonly #code: Instruction[] = [];
  readonly #answers = new Map<number, number>();

  program(): Instruction[] {
    return this.#code.toReversed();
  }

  /** One instruction that goes on at `then`. */
  add(instruction: Instruction, then: Place): Place {
    const distance = this.#code.length - 1 - then.at;
    if (distance > 0) this.#code.push(op(JUMP, distance));
    this.#code.push(instruction);
    return { at: this.#code.length - 1 };
  }

  branch(code: number, k: number, yes: Place, no: Place): Place {
    const [y, n] = [this.#near(yes), this.#near(no)];
    const from = this.#code.length;
    this.#code.push(op(code, k, from - y.at - 1, from - n.at - 1));
    return { at: from };
  }

  place(tree: Split | Leaf): Place {
    if ('action' in tree) return this.#answer(tree.action);
    if ('code' in tree) {
      this.#code.push(...tree.code.toReversed());
      return { at: this.#code.length - 1 };
    }
    const high = this.place(tree.high);
    const low = this.place(tree.low);
    return this.branch(JGE, tree.start, high, low);
  }

  #answer(action: number): Place {
    const known = this.#answers.get(action);
    if (known !== undefined && this.#code.length - known < REACH) return { at: known, action };
    this.#code.push(op(RETURN, action));
    this.#answers.set(action, this.#code.length - 1);
    return { at: this.#code.length - 1, action };
  }

  #near(place: Place): Place {
    const distance = this.#code.length - place.at;
    if (distance < REACH) return place;
    if (place.action !== undefined) return this.#answer(place.action);
    this.#code.push(op(JUMP, distance - 1));
    return { at: this.#code.length - 1 };
  }
}
