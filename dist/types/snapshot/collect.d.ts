import { type Digest } from '../oci/digest.js';
import type { Helper } from '../runtime/helper.js';
import type { Chains } from './chains.js';
import type { Places } from './places.js';
/**
 * Removes unpacked layers that nobody needs, without stopping anybody. Who uses a chain says so first (`u/`) and looks
 * for its record then; here the record is taken away first, and put back when somebody has said so meanwhile. So a user
 * either finds the record and is heard here, or finds none and unpacks again. Folders go last.
 */
export declare function collectChains(places: Places, chains: Chains, helper: Helper, keep: ReadonlySet<Digest>, only?: ReadonlySet<Digest>): Promise<{
    bytes: number;
    chains: number;
}>;
/** Clears what dead processes left: half-made things, uses, snapshots of build steps; and brings what is good to the disk. */
export declare function sweep(places: Places, chains: Chains, helper: Helper): Promise<void>;
