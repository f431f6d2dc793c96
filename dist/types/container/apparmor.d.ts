/** True when the kernel has AppArmor and uses it. */
export declare function isApparmorOn(enabled?: string): boolean;
/** The profile of containers that ask for none; undefined where the kernel has none loaded: they are unconfined then. */
export declare function defaultApparmorProfile(files?: {
    enabled?: string;
    loaded?: string;
}): string | undefined;
