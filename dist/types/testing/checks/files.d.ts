import type { Tree } from '../../layer/tree.js';
import type { ContentCheck, ExistenceCheck, LicenseCheck } from './checks.js';
import { type Environment } from './environment.js';
import { type Findings } from './verdict.js';
/** The image's root file system: every path is resolved in it, links included. */
export type ImageRoot = Pick<Tree, 'stat' | 'list' | 'read'>;
/** Whether something is at a path, and what it is: a link is looked at itself, but for whether it can be executed. */
export declare function checkExistence(check: ExistenceCheck, root: ImageRoot, env: Environment): Promise<Findings>;
/** What a file says. */
export declare function checkContents(check: ContentCheck, root: ImageRoot, env: Environment): Promise<Findings>;
/** Licences by the original's rule: none of the files says AGPL or WTFPL, and each Debian package has one. */
export declare function checkLicenses(check: LicenseCheck, root: ImageRoot): Promise<Findings>;
