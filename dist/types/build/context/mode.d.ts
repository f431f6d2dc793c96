import type { SourceLocation } from '../../errors.js';
/** New permission bits of an entry, from its old ones. */
export interface ModeChange {
    (mode: number, isFolder: boolean): number;
    /** Set when everything gets this very mode. */
    constant?: number;
}
/** `--chmod`: an octal number from 0 to 07777, or symbolic as chmod(1) has it: `u=rwX,go=rX`, `a+x`. */
export declare function parseChmod(text: string, location?: SourceLocation): ModeChange;
