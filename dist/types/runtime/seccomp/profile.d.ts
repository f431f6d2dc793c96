import type { Seccomp, SeccompAction, SeccompArg } from '../spec-linux.js';
export interface SeccompProfile {
    defaultAction: SeccompAction;
    defaultErrnoRet?: number;
    architectures?: string[];
    archMap?: {
        architecture: string;
        subArchitectures?: string[] | null;
    }[];
    flags?: string[];
    listenerPath?: string;
    listenerMetadata?: string;
    syscalls?: ProfileRule[];
}
export interface ProfileRule {
    names?: string[];
    /** The old format: one rule a name. */
    name?: string;
    action: SeccompAction;
    errnoRet?: number;
    args?: SeccompArg[] | null;
    comment?: string;
    includes?: RuleFilter;
    excludes?: RuleFilter;
}
export interface RuleFilter {
    /** Go's names: amd64, arm64, 386, arm, x32, x86. */
    arches?: string[];
    caps?: string[];
    /** `4.8`: the kernel is at least this. */
    minKernel?: string;
}
/** What rules may depend on. */
export interface ProfileFacts {
    /** The container's bounding set: `CAP_SYS_ADMIN`, … */
    capabilities: readonly string[];
    /** As in `process.arch`. */
    machine: string;
    /** As in `uname -r`. */
    kernel: string;
}
/** The OCI form of a profile for one container. */
export declare function resolveProfile(profile: SeccompProfile, facts: ProfileFacts): Seccomp;
/** Reads a profile from text and says what is wrong with it; `where` is the file's name. */
export declare function parseProfile(text: string, where: string): SeccompProfile;
