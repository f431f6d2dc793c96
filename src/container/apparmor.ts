import { readFileSync } from 'node:fs';

/** Ours, should somebody load one, before Docker's, which is loaded wherever Docker is. */
const PROFILES = ['containerize-default', 'docker-default'];

const ENABLED = '/sys/module/apparmor/parameters/enabled';
const LOADED = '/sys/kernel/security/apparmor/profiles';

/** True when the kernel has AppArmor and uses it. */
export function isApparmorOn(enabled = ENABLED): boolean {
  return read(enabled).startsWith('Y');
}

/** The profile of containers that ask for none; undefined where the kernel has none loaded: they are unconfined then. */
export function defaultApparmorProfile(files: { enabled?: string; loaded?: string } = {}): string | undefined {
  if (!isApparmorOn(files.enabled)) return undefined;
  // "docker-default (enforce)", one a line; a name may have blanks.
  const loaded = new Set(
    read(files.loaded ?? LOADED)
      .split('\n')
      .map((line) => line.replace(/ \([a-z]+\)$/, '')),
  );
  return PROFILES.find((name) => loaded.has(name));
}

/** Nothing where securityfs is not mounted, or is not for us to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
