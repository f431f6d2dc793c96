/** Fails before anything is fetched when `needed` bytes cannot fit into the file system of `folder`. */
export declare function refuseFullDisk(folder: string, needed: number, what: string): Promise<void>;
