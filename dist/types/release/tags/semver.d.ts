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
export declare function parseSemver(text: string): SemVer | undefined;
/** Below 0 when `a` comes before `b` (semver.org §11; the build does not count). */
export declare function compareSemver(a: SemVer, b: SemVer): number;
