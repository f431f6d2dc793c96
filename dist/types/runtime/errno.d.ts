/** `EPERM` for 1, …; the number itself when it has no name. */
export declare function errnoName(errno: number): string;
