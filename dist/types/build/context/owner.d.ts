import type { Owner } from './plan.js';
import type { SourceText } from './select.js';
/** Can `--chown` be understood without looking into the image? */
export declare function isNumericOwner(text: string): boolean;
/**
 * `--chown=USER[:GROUP]`: names are looked up in the image's files, a number without a group is the group's number too,
 * a name without a group has that user's own. A name that is not there is an error: taking root for it would hide it.
 */
export declare function resolveOwner(chown: SourceText, accounts: () => Promise<{
    passwd: string | undefined;
    group: string | undefined;
}>): Promise<Owner>;
