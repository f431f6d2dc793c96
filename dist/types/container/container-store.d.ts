import type { ContainerRecord, ContainerState } from './record.js';
/**
 * Containers on disk: `<root>/containers/<id>/{config.json,state.json,exit.json,log.json}`, and one link a name,
 * `names/<name>` → id. Making a link is what makes names unique: the kernel lets one of two commands win, without a
 * lock. A folder without config.json is being made or being removed.
 */
export declare class ContainerStore {
    #private;
    readonly folder: string;
    readonly runFolder: string;
    constructor(root: string, run: string);
    path(id: string, file?: string): string;
    /** State of this boot: sockets, generated files, mount points. */
    runPath(id: string, file?: string): string;
    /** Makes the folders of a new container and takes its name, or finds one. */
    reserve(id: string, name: string | undefined): Promise<string>;
    /** No fsync: what a power cut takes with it was not running any more anyway. */
    writeRecord(record: ContainerRecord): Promise<void>;
    writeState(id: string, state: ContainerState): Promise<void>;
    /** undefined when there is no such container (any more). */
    readRecord(id: string): Promise<ContainerRecord | undefined>;
    readState(id: string): Promise<ContainerState>;
    rename(record: ContainerRecord, name: string): Promise<void>;
    /** Removes what the store has of a container; its config goes first, so that nobody finds half of it. */
    remove(record: Pick<ContainerRecord, 'id' | 'name'>): Promise<void>;
    /** Removes what commands that were killed while they made or removed a container have left. */
    sweep(): Promise<void>;
    ids(): Promise<string[]>;
    /** The ID for a name, an ID, or the beginning of an ID that only one container has. */
    resolve(nameOrId: string): Promise<string>;
}
