/** Bounds how much runs at once. Who waits is served in order. */
export declare class Slots {
    #private;
    constructor(count: number);
    run<T>(work: () => Promise<T>): Promise<T>;
}
