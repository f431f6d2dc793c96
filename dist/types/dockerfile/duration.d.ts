/** A Go duration such as `1m30s`, `500ms` or `0`, in nanoseconds; undefined when it is none. */
export declare function parseDuration(text: string): number | undefined;
