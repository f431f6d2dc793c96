/** Makes files last over a power cut, some of them early. */
export declare class DiskSync {
    #private;
    /** Brings a file to the disk in the background. A failure is told by `sync`, which tries again. */
    begin(path: string): void;
    /** These files and their names are on the disk when this resolves; those that are not there are left out. */
    sync(paths: readonly string[]): Promise<void>;
}
