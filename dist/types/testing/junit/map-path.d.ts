/**
 * A file of a container as the repository has it: `/app/src/a.ts` is `src/a.ts` where that is there. The longest end of
 * the path that exists is taken; outside of the working directory the end must have a folder, since a bare `index.js`
 * could be anybody's.
 *
 * @param exists tells whether the repository has a file, by its path from the repository's top
 * @param folder build context from the top, such as `services/api`: looked at first
 */
export declare function mapPath(file: string, workingDir: string, folder: string, exists: (path: string) => Promise<boolean>): Promise<string | undefined>;
