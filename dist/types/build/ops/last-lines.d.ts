/** Keeps the last lines of a program's output for the error message. */
export declare class LastLines {
    #private;
    constructor(count: number);
    add(chunk: Uint8Array): void;
    lines(): string[];
}
