import type { Tree } from '../../layer/tree.js';
import type { Destination } from '../context/plan.js';
import type { SourceText } from '../context/select.js';
import type { Root } from '../vertex.js';
/** A destination as it is written, before anything was looked up. */
export interface WantedDestination {
    path: string;
    /** It ends with a slash, or names a folder in another way. */
    mustBeFolder: boolean;
}
/** Where a written destination leads, by its text alone. */
export declare function destinationOf(text: string, workdir: string): WantedDestination;
/** The destination as it is in the root. A layer that is `independent` of it looks nothing up. */
export declare function findDestination(tree: Tree, root: Root, { path, mustBeFolder }: WantedDestination, text: SourceText, independent: boolean): Promise<Destination>;
