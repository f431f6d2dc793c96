import type { CacheService, CacheServiceAnswer, CacheServiceRequest } from './protocol.js';
export interface WorkerOptions {
    /** How this program is started again; its command `actions-cache` speaks to the service. */
    self: readonly string[];
    /** Where a folder for entries may be made. */
    parent: string;
    env: Readonly<Record<string, string | undefined>>;
    /** Who unpacks what comes from the service: never root where another user asked for it. */
    user?: {
        uid: number;
        gid: number;
    } | undefined;
}
/** Whether this process was given a cache service at all. */
export declare function hasCacheService(env: Readonly<Record<string, string | undefined>>): boolean;
/**
 * GitHub's cache service behind a process of its own: @actions/cache unpacks entries with tar wherever they say, so it
 * runs as the calling user in a folder of its own; and it can be stopped in the middle of anything.
 */
export declare class CacheServiceWorker implements CacheService {
    #private;
    readonly folder: string;
    private constructor();
    static start({ self, parent, env, user }: WorkerOptions): Promise<CacheServiceWorker>;
    ask(request: CacheServiceRequest, withinMs?: number): Promise<CacheServiceAnswer>;
    /** Ends everything that is still under way: answers that are waited for say why. */
    stop(why: string): void;
    close(): Promise<void>;
}
