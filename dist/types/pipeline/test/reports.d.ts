import type { TestCase } from '../../reports.js';
import type { Helper } from '../../runtime/helper.js';
import { type OutputFolder } from '../../testing/output-folder.js';
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
/**
 * The cases of reports that a test left, their files named as the repository has them; undefined for other XML. What
 * cannot be read is an error in its place.
 */
export declare function casesOfReports(helper: Helper, output: OutputFolder, files: readonly string[], workingDir: string, repository: Repository | undefined): Promise<PromiseSettledResult<TestCase[] | undefined>[]>;
