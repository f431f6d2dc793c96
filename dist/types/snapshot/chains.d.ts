import { type Digest } from '../oci/digest.js';
import type { Places } from './places.js';
/** One unpacked layer on top of its chain. */
export interface ChainRecord {
    /** Folder below `l`. */
    name: string;
    parent?: Digest;
    diffId: Digest;
    /** Bytes of its files. */
    bytes: number;
    /**
     * Run of the kernel in which it was written. After another start of the machine nobody knows what of it reached the
     * disk, unless it was `synced` meanwhile: then it is unpacked again, which costs less than waiting for the disk each time.
     */
    boot: string;
    synced: boolean;
}
/** Which chain IDs are unpacked, and where: files that appear and disappear whole, safe under any number of processes. */
export declare class Chains {
    #private;
    constructor(places: Places);
    get(chain: Digest): Promise<ChainRecord | undefined>;
    /** The record when what it names can be relied on. */
    trusted(chain: Digest): Promise<ChainRecord | undefined>;
    /** Publishes a record. What was there under this chain stays on the disk until nothing uses it. */
    put(chain: Digest, record: Omit<ChainRecord, 'boot' | 'synced'>): Promise<void>;
    write(chain: Digest, record: ChainRecord): Promise<void>;
    remove(chain: Digest): Promise<void>;
    /** Every chain that has a record. */
    all(): Promise<Map<Digest, ChainRecord>>;
    /** Folder names of a chain's layers, topmost first. */
    names(chain: Digest | undefined): Promise<string[]>;
    /**
     * Says that this process uses a chain, so that nobody collects it. To be called before the chain is looked for.
     * `below` names those that it will stand on, when it is not there yet.
     */
    use(chain: Digest, below?: readonly Digest[]): Promise<void>;
    /** The opposite of {@link use}, for processes that live long. */
    release(chain: Digest): Promise<void>;
}
