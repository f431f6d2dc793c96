import { ContainerizeError } from '../errors.js';
/** One argument of a record. Numbers travel as decimal text, bytes as they are. */
export type Arg = string | number | bigint | Uint8Array;
/** One line of the helper's config: docs/helper-protocol.md lists the names and their arguments. */
export type HelperRecord = readonly [name: string, ...args: Arg[]];
/** A record that cannot be written down: a mistake of ours, never of the user. */
export declare class HelperRecordError extends ContainerizeError<'bad-record' | 'config-too-large'> {
}
/**
 * The list as the helper reads it: for each record `u32le argc`, then for each argument `u32le length, bytes, NUL`; a
 * record `end` closes it. Strings are written as UTF-8, except that lone surrogates U+DC80 to U+DCFF (how the helper's
 * reports spell bytes that are not UTF-8) become those bytes again.
 */
export declare function encodeRecords(records: Iterable<HelperRecord>): Buffer;
/** The bytes behind a name in a report. */
export declare function nameBytes(name: string): Buffer;
