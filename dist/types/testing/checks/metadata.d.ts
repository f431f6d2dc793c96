import type { RunConfig } from '../../oci/image-config.js';
import type { MetadataCheck } from './checks.js';
import { type Findings } from './verdict.js';
/** One thing that a metadata check says, with its verdict. */
export interface MetadataFinding extends Findings {
    name: string;
    line: number;
}
/** Compares an image's config with what is expected of it. */
export declare function checkMetadata(check: MetadataCheck, config: RunConfig): MetadataFinding[];
