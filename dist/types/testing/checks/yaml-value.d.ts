/** One value of a YAML or JSON text that knows where it is and what it is called. Every reader throws TestingError `bad-checks`. */
export declare class YamlValue {
    #private;
    readonly path: string;
    private constructor();
    static parse(text: string, file: string): YamlValue;
    get line(): number;
    /** Keys with values, all of them known; a key without a value is one that is not there. */
    keys<K extends string>(...known: readonly K[]): Partial<Record<K, YamlValue>>;
    list(): YamlValue[];
    texts(): string[];
    /** Text, or what a number or a flag looks like: `8080` for a port. */
    text(): string;
    /** Text that says something. */
    filled(): string;
    flag(): boolean;
    integer(min: number, max: number): number;
    choice<C extends string>(...known: readonly C[]): C;
    fail(message: string, hint?: string): never;
}
