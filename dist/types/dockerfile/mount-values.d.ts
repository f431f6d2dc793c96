import type { SourceLocation } from '../errors.js';
import type { Word } from './instruction.js';
/** The value of one key of a `--mount`. */
export interface MountValue {
    text: string;
    word: Word;
    /** It still holds variables: what it will be is not known yet. */
    open: boolean;
}
/** The keys of one `--mount`, read by type. */
export declare class MountValues {
    #private;
    constructor(kind: string, location: SourceLocation, values: ReadonlyMap<string, MountValue>, workdir: string | undefined);
    /** The text of a key, expanded. */
    text(key: string): string | undefined;
    /** `fallback` when it is not there, or not known yet. */
    number(key: string, fallback: number, base?: number): number;
    /** A boolean; undefined when it is not there, or not known yet. */
    flag(key: string): boolean | undefined;
    /** The target, absolute: it must be there. */
    target(): string;
    /** The target where there is one. */
    maybeTarget(): {
        target?: string;
    };
    /** Who owns what is mounted, and its mode when none is said. */
    owner(mode: number): {
        mode: number;
        uid: number;
        gid: number;
    };
}
