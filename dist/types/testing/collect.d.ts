import type { Container } from '../container/container.js';
import { type OutputFolder } from './output-folder.js';
import { type ReportSpec } from './spec.js';
export interface Collected {
    /** Paths from the output folder. */
    files: string[];
    /** Bytes of each. */
    sizes: Map<string, number>;
    /** What was asked for and is not there; `missing` the required ones. */
    warnings: string[];
    missing: string[];
    /** Why they could not be copied, all or some of them: a full disk. */
    problem?: string;
}
/**
 * Copies reports out of a container that has ended, however it ended. Only regular files that the test itself wrote are
 * taken: a report of an earlier run that lies in the image would lie. Links are looked through inside the container and
 * never copied, so nothing outside of it can be reached; files become the caller's, without set-id bits and attributes.
 */
export declare function collectReports(container: Container, reports: readonly ReportSpec[], workingDir: string, output: OutputFolder, folder: string): Promise<Collected>;
