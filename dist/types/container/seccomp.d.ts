import { type SeccompProfile } from '../runtime/seccomp/profile.js';
import type { Seccomp } from '../runtime/spec-linux.js';
/**
 * The filter of a profile for a container with these capabilities: one that may administer the system may also make
 * the calls for it. The same object for the same question, so that it is compiled once.
 */
export declare function seccompFor(profile: SeccompProfile | undefined, capabilities: readonly string[]): Seccomp;
