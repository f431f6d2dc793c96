import type { TestCase } from '../reports.js';
import type { Helper } from '../runtime/helper.js';
import { type OutputFolder } from '../testing/output-folder.js';
/** Where the sources of what is tested are. */
export interface Repository {
    folder: string;
    /** Build context, from the folder. */
    context: string;
}
/**
 * The repository around a build context: where the command runs, or, for a context elsewhere (a commit that was fetched),
 * the context itself.
 */
export declare function repositoryOf(cwd: string, context: string): Repository;
/** The cases of a report that a test left, their files named as the repository has them; undefined for other XML. */
export declare function casesOfReport(helper: Helper, output: OutputFolder, file: string, workingDir: string, repository: Repository | undefined): Promise<TestCase[] | undefined>;
