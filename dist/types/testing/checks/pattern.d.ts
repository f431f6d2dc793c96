/**
 * A regular expression that looks at each character of a text once, whatever it is and whatever the text: there is no
 * expression that takes exponential time, as those of JavaScript can.
 */
export declare class Pattern {
    #private;
    readonly source: string;
    /** @throws PatternError */
    constructor(source: string);
    /** Whether it is somewhere in the text. @throws PatternError when that would take too long */
    isIn(text: string): boolean;
}
