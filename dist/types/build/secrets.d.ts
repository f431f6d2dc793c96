/** Where a secret's bytes are: `--secret id=…,src=FILE` or `env=NAME`. The door resolves paths and reads variables. */
export type SecretSource = {
    file: string;
} | {
    value: Uint8Array;
};
/** A build's secrets. Each is read when a step first asks for it; none is ever part of a key, a layer or a message. */
export declare class Secrets {
    #private;
    constructor(sources?: ReadonlyMap<string, SecretSource>);
    ids(): string[];
    /** Undefined when the user gave no such secret. */
    get(id: string): Promise<Buffer | undefined>;
}
