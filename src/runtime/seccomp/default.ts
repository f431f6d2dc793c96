import { release } from 'node:os';
import type { Seccomp } from '../spec-linux.ts';
import { DEFAULT_PROFILE } from './default-profile.ts';
import { parseProfile, resolveProfile } from './profile.ts';

const made = new Map<string, Seccomp>();

/** The default profile for a container with these capabilities on this machine. Equal calls get the same object, compiled once. */
export function defaultSeccomp(capabilities: readonly string[]): Seccomp {
  const key = [...capabilities].sort().join(' ');
  let seccomp = made.get(key);
  if (seccomp === undefined) {
    seccomp = resolveProfile(DEFAULT_PROFILE, { capabilities, machine: process.arch, kernel: release() });
    made.set(key, seccomp);
  }
  return seccomp;
}

/** A profile of the user's (`--security-opt seccomp=FILE`), Docker's format or OCI's, for a container with these capabilities. */
export function parseSeccomp(json: string, where: string, capabilities: readonly string[]): Seccomp {
  return resolveProfile(parseProfile(json, where), { capabilities, machine: process.arch, kernel: release() });
}
