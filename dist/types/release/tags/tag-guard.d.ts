/** What keeps tags from moving down: `latest` is otherwise whoever finished last, and `1` a repair of an old version. */
export interface TagGuard {
    /** Version of the image that is pushed. */
    version: string;
    /** `latest` moves only when no tag of the repository is a higher version. */
    highest?: boolean;
    /** `latest` moves whatever it names. */
    latestIsFree?: boolean;
}
/** `latest`, with what `flavor` puts around it: what people follow without a version. */
export declare function isLatest(tag: string): boolean;
