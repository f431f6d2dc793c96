/**
 * Removes a file, or a folder that holds little, as most containers and build steps leave it. False when there is more,
 * or something that does not go so easily: the caller then asks the helper for the rest. For folders that nobody else
 * changes: a path is looked at and used a moment later.
 */
export declare function removeSmall(path: string): boolean;
