import type { Platform } from '../oci/platform.js';
import type { Records } from './records.js';
import type { BuildRequest } from './request.js';
import type { BuildServices } from './services.js';
import type { StepResult } from './vertex.js';
/**
 * `force-compression`: every layer in the wanted compression, the base image's too. The files, and so the diff IDs, stay
 * what they are. Done once for each blob: the result is recorded as a step's is.
 */
export declare function recompressed(result: StepResult, platform: Platform, { compression }: BuildRequest, services: BuildServices, records: Records): Promise<StepResult>;
