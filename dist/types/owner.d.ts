/** Names this process in file names, `<pid>-<start>-<boot>-<pidns>`: for temporary files that are swept when their owner is dead. */
export declare function ownerToken(): string;
/**
 * Whether the process named by a token (what follows it is ignored) lives. `refreshed` is when its file was last
 * touched (ms), which decides for owners in other pid namespaces.
 */
export declare function ownerAlive(token: string, refreshed: number): boolean;
/** Identifies this run of the kernel. */
export declare function bootId(): string;
