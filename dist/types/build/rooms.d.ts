/**
 * The folders that a build makes for itself while it runs: one on disk beside the snapshots for scratch files, one in
 * memory for secrets and sockets. Made when first needed, removed at the end; what a killed build left is swept by the
 * next one that makes such a folder.
 */
export declare class Rooms {
    #private;
    /** Folder of the locks of executing steps. */
    readonly locks: string;
    constructor(root: string, run: string);
    /** On the disk of the snapshots. */
    scratch(): Promise<string>;
    /** In memory: what is here never reaches a disk. */
    memory(): Promise<string>;
    close(): Promise<void>;
}
