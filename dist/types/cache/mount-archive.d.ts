import { Readable } from 'node:stream';
import type { Ingester } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Helper } from '../runtime/helper.js';
export interface ArchiveOptions {
    helper: Helper;
    rootless: boolean;
    signal: AbortSignal;
}
/** Packs a cache mount's folder, owners, times and attributes included. The same files give the same archive. */
export declare function packMount(folder: string, store: Ingester, options: ArchiveOptions): Promise<Descriptor>;
/** Unpacks such an archive, in the helper's chroot: whatever it names stays inside the folder. Gives the bytes of its files. */
export declare function unpackMount(archive: Readable, folder: string, options: ArchiveOptions): Promise<number>;
