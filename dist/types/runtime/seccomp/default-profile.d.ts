/**
 * Docker's default profile as rules of our own: what every container may call, what depends on its capabilities, its
 * machine or the kernel, and everything else refused with EPERM.
 */
import type { SeccompProfile } from './profile.js';
/** What a container gets that asks for nothing else. */
export declare const DEFAULT_PROFILE: SeccompProfile;
