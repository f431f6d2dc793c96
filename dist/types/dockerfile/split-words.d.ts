/** Gathers the pieces of an expanded text into words: blanks that came from neither quotes nor escapes separate them. */
export declare class SplitWords {
    #private;
    readonly list: string[];
    /** `splits`: blanks in it separate words. */
    add(text: string, splits: boolean): void;
    end(): string[];
}
