import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Connection, TransferOptions } from './connection.js';
import { type RemoteManifests } from './remote-manifests.js';
/** What refers to the manifests of one repository. */
export declare class RemoteReferrers {
    #private;
    constructor(to: Connection, manifests: RemoteManifests);
    /** What refers to a manifest: signatures, SBOMs, attestations. Where the registry has no such list, the tag that clients keep instead. */
    list(subject: Descriptor | Digest, options?: TransferOptions & {
        artifactType?: string;
    }): Promise<Descriptor[]>;
    /** Keeps the list for a registry that does not. */
    record(bytes: Uint8Array, descriptor: Descriptor, options: TransferOptions): Promise<void>;
}
