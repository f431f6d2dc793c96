import type { Descriptor } from '../oci/descriptor.js';
import type { ImageIndex } from '../oci/manifest.js';
import { type Platform } from '../oci/platform.js';
/** What to take of an index: what serves the platform best; an index with one unnamed image has only that to give. */
export declare function chooseManifests(index: ImageIndex, platform: Platform | 'all' | undefined, name: string): Descriptor[];
