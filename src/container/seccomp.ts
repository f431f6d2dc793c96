import { release } from 'node:os';
import { DEFAULT_PROFILE } from '../runtime/seccomp/default-profile.ts';
import { resolveProfile, type SeccompProfile } from '../runtime/seccomp/profile.ts';
import type { Seccomp } from '../runtime/spec-linux.ts';

const resolved = new Map<string, Seccomp>();

/**
 * The filter of a profile for a container with these capabilities: one that may administer the system may also make
 * the calls for it. The same object for the same question, so that it is compiled once.
 */
export function seccompFor(profile: SeccompProfile | undefined, capabilities: readonly string[]): Seccomp {
  const facts = { capabilities, machine: process.arch, kernel: release() };
  if (profile !== undefined) return resolveProfile(profile, facts);
  const key = capabilities.join(' ');
  let filter = resolved.get(key);
  if (filter === undefined) {
    filter = resolveProfile(DEFAULT_PROFILE, facts);
    resolved.set(key, filter);
  }
  return filter;
}
