import type { Mount } from '../runtime/spec.js';
/** The kernel's file systems that every container has: Docker's list and options. */
export declare function defaultMounts(options: {
    privileged: boolean;
    shmSize?: number;
    ipc?: 'host' | 'none' | {
        path: string;
    };
    network?: 'host' | 'none' | {
        path: string;
    };
    pid?: 'host' | {
        path: string;
    };
    rootless?: boolean;
}): Mount[];
