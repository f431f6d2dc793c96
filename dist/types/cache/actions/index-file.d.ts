import { type Descriptor } from '../../oci/descriptor.js';
/** An entry of the service that holds blobs. */
export interface Pack {
    key: string;
    blobs: Descriptor[];
}
/** What a scope has: the bundle (list of records, and of the layers they need), and which entry holds which blob. */
export interface ActionsIndex {
    bundle: Descriptor;
    packs: Pack[];
}
export declare function encodeIndex({ bundle, packs }: ActionsIndex): string;
/** Reads an index that came from outside; throws when it is none. */
export declare function parseIndex(text: string): ActionsIndex;
