import { Writable } from 'node:stream';
/** Keeps the last part of what is written: output of a program that a caller did not ask to stream. */
export declare class Collected extends Writable {
    #private;
    static readonly most: number;
    _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void;
    text(): string;
}
