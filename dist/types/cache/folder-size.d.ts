/** Bytes that a folder takes on the disk. Follows no link; hard links count once; what vanishes meanwhile counts as nothing. */
export declare function folderSize(folder: string): Promise<number>;
