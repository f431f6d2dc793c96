import type { RunConfig } from '../../oci/image-config.js';
import type { TestCase } from '../../reports.js';
import type { Checks } from './checks.js';
import { type OpenPlace } from './commands.js';
import { type ImageRoot } from './files.js';
/** What checks need of the floors around them. */
export interface CheckServices {
    config: RunConfig;
    /** Nothing runs in it while files are looked at. */
    root: ImageRoot;
    open: OpenPlace;
    /** Commands that are run at once. */
    jobs: number;
}
/**
 * Runs the checks of a file and gives a case for each, in the order in which the original runs them. A check that fails
 * is a case; it throws only when containers cannot be run or files not be read at all.
 */
export declare function runChecks(checks: Checks, { config, root, open, jobs }: CheckServices): Promise<TestCase[]>;
