/** Switches controllers on in every folder from the tree's root down to the container's parent. */
export declare function enableControllers(root: string, folder: string, controllers: readonly string[]): Promise<void>;
/**
 * Makes the container's folder and those above it; gives those of them that were not there. With its own there nobody
 * takes the others away, who ends beside us at this moment.
 */
export declare function makeFolders(root: string, folder: string): Promise<string[]>;
