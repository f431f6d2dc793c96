import { CopyError } from './error.js';
/** Names that would mean something else in a layer, or that we could not write the same. */
export declare function checkName(path: string, name: string): void;
/** A name that Node could only read with replacement characters. */
export declare function badName(path: string): CopyError;
