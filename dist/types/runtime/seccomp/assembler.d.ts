import { type Instruction } from './bpf.js';
/** What is done with a range of numbers: one answer, or code that looks at the arguments. */
export type Leaf = {
    action: number;
} | {
    code: Instruction[];
};
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
/**
 * Puts a program together from its end, since all jumps go forward: the kernel translates every instruction at each start of a
 * container, so an answer that is near enough is jumped to and not written down again.
 */
export declare class Assembler {
    #private;
    program(): Instruction[];
    /** One instruction that goes on at `then`. */
    add(instruction: Instruction, then: Place): Place;
    branch(code: number, k: number, yes: Place, no: Place): Place;
    place(tree: Split | Leaf): Place;
}
