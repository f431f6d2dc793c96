import type { SourceLocation } from '../../errors.js';
import { type Platform } from '../../oci/platform.js';
/**
 * Makes sure that programs of a platform can run here: natively, or by an emulator that binfmt_misc knows with the F
 * flag. Without F the kernel would look for the emulator inside the container, where it is not.
 */
export declare function checkPlatform(platform: Platform, location: SourceLocation, folder?: string): Promise<void>;
