import type { Containers } from '../../container/containers.js';
import type { TestServices } from '../../testing/request.js';
export interface ChecksPlace {
    containers: Containers;
    /** The project: files that checks name are in it, and messages name files from it. */
    folder: string;
    /** The caller's environment. */
    env: Readonly<Record<string, string | undefined>>;
    jobs: number;
}
/**
 * Reads files of image checks, all before anything runs, and gives what runs them.
 *
 * @throws TestingError `bad-checks` with the place
 */
export declare function imageChecks(files: readonly string[], place: ChecksPlace): Promise<NonNullable<TestServices['checks']>>;
