import type { Pattern } from './pattern.js';
/** A file of image checks in the language of container-structure-test, schema 2.0.0, read and checked. */
export interface Checks {
    /** As messages name it. */
    file: string;
    globalEnv: readonly Variable[];
    commands: readonly CommandCheck[];
    existence: readonly ExistenceCheck[];
    contents: readonly ContentCheck[];
    metadata: MetadataCheck | undefined;
    licenses: readonly LicenseCheck[];
    options: RunOptions;
}
export interface Variable {
    key: string;
    value: string;
}
/** What a text must have in it, and what it must not. */
export interface Expectations {
    expected: readonly Pattern[];
    excluded: readonly Pattern[];
}
export interface CommandCheck {
    name: string;
    line: number;
    env: readonly Variable[];
    /** Programs with their arguments, run before and after in the same root file system. */
    setup: readonly (readonly string[])[];
    teardown: readonly (readonly string[])[];
    command: readonly string[];
    exitCode: number;
    stdout: Expectations;
    stderr: Expectations;
}
export interface ExistenceCheck {
    name: string;
    line: number;
    path: string;
    shouldExist: boolean;
    permissions?: string;
    uid?: number;
    gid?: number;
    executableBy?: 'owner' | 'group' | 'other' | 'any';
}
export interface ContentCheck {
    name: string;
    line: number;
    path: string;
    contents: Expectations;
}
/** A value that is equal, or that a pattern is found in. */
export interface Pair {
    key: string;
    line: number;
    value: string | Pattern;
}
/** A value with the line that it is in. */
export interface Placed<T> {
    line: number;
    value: T;
}
/** Absent: not looked at. An empty entrypoint or cmd is one that the image must not have. */
export interface MetadataCheck {
    env: readonly Pair[];
    unboundEnv: readonly Placed<string>[];
    labels: readonly Pair[];
    entrypoint?: Placed<readonly string[]>;
    cmd?: Placed<readonly string[]>;
    workdir?: Placed<string>;
    user?: Placed<string>;
    exposedPorts: readonly Placed<string>[];
    unexposedPorts: readonly Placed<string>[];
    volumes: readonly Placed<string>[];
    unmountedVolumes: readonly Placed<string>[];
}
export interface LicenseCheck {
    line: number;
    debian: boolean;
    files: readonly string[];
}
/** How containers of command checks are run. */
export interface RunOptions {
    user?: string;
    tty: boolean;
    /** Names of variables of the caller's environment. */
    env: readonly Placed<string>[];
    envFile?: Placed<string>;
    capabilities: readonly string[];
    binds: readonly Placed<{
        source: string;
        destination: string;
    }>[];
}
