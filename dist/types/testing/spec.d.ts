import type { Limits } from '../container/limits.js';
/**
 * One test of an image, as plain data. With `run` it is a command in a fresh container, with `checks` the image checks
 * of a file; with `target` alone, a stage of the Dockerfile that must build. `target` beside one of the others says that
 * it is done in the image of that stage.
 */
export interface TestSpec {
    name: string;
    /** A line for `/bin/sh -c`, or the words of a program. */
    run?: string | readonly string[];
    target?: string;
    /** Path of a file with image checks on this machine. */
    checks?: string;
    /** `NAME=VALUE`. */
    env: readonly string[];
    workingDir?: string;
    user?: string;
    network: 'none' | 'host';
    limits: Limits;
    /** Seconds for one attempt. */
    timeout: number;
    /** Attempts after the first. */
    retries: number;
    reports: readonly ReportSpec[];
}
/** Files that a test leaves in its container. */
export interface ReportSpec {
    /** File, folder or pattern (`*`, `**`, `?`, `[a-z]`); from the working directory unless it begins with a slash. */
    path: string;
    /** Its absence fails the test. */
    required?: boolean;
}
/** What a test has that says nothing about itself. */
export declare const TEST_DEFAULTS: {
    readonly network: 'none';
    readonly timeout: 600;
    readonly retries: 0;
};
/** A whole test of the few words that most have; its name is its first line. */
export declare function testSpec(given: Partial<TestSpec> & Pick<TestSpec, 'run' | 'target' | 'checks'>): TestSpec;
/**
 * A report path in full, and the test of its pattern. Without the working directory, which the image may have to tell,
 * this is no more than a look at the path.
 *
 * @throws TestingError for one that could lead outside
 */
export declare function reportPattern(path: string, workingDir?: string): {
    folder: string;
    matches: (path: string) => boolean;
};
