import type { IgnoreMatcher } from '../../dockerfile/ignore.js';
import type { CopyEntry, CopySource } from './entry.js';
import type { Selected } from './select.js';
/** An entry and its path below what was selected: empty for the selected thing itself. */
export interface Placed {
    entry: CopyEntry;
    below: string;
}
/**
 * What was selected and everything below it, without what `exclude` names. Excluded folders stay when something in
 * them is taken back by a `!`. Patterns are relative to the selected folder; for a single file, to its folder.
 */
export declare function placed(source: CopySource, selected: Selected, exclude: IgnoreMatcher, options: {
    digests: boolean;
}): AsyncGenerator<Placed>;
