/** A version of semver.org, strictly: `1.2.3-rc.1+build.5`; one leading `v` is allowed. */
export interface SemVer {
  /** As written. */
  raw: string;
  /** Without `v` and build. */
  version: string;
  major: number;
  minor: number;
  patch: number;
  prerelease: readonly string[];
  build: readonly string[];
}

const NUMBER = '0|[1-9]\\d*';
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const PATTERN = new RegExp(
  `^[v=\\s]*(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})(?:-(${IDENTIFIER}(?:\\.${IDENTIFIER})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);

export function parseSemver(text: string): SemVer | undefined {
  const match = text.length > 256 ? null : PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [major, minor, patch] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (![major, minor, patch].every(Number.isSafeInteger)) return undefined;
  const prerelease = match[4]?.split('.') ?? [];
  const version = `${major}.${minor}.${patch}${prerelease.length > 0 ? `-${prerelease.join('.')}` : ''}`;
  return { raw: text, version, major, minor, patch, prerelease, build: match[5]?.split('.') ?? [] };
}

/** Below 0 when `a` comes before `b` (semver.org §11; the build does not count). */
export function compareSemver(a: SemVer, b: SemVer): number {
  const core = a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  if (core !== 0) return core;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (let i = 0; i < Math.max(a.prerelease.length, b.prerelease.length); i++) {
    const [x, y] = [a.prerelease[i], b.prerelease[i]];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const [isNumber, otherIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (isNumber && otherIsNumber && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}
