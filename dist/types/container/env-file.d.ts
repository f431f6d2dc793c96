/**
 * Docker's `--env-file`: one `NAME=VALUE` a line, `#` starts a comment line, a bare NAME takes the caller's value
 * when there is one. Nothing is unquoted or expanded.
 */
export declare function parseEnvFile(text: string, file: string, callers: Readonly<Record<string, string | undefined>>): string[];
/** `-e NAME=VALUE`, or `-e NAME`: the caller's value; unset there, it is unset in the container. */
export declare function parseEnvFlag(text: string, callers: Readonly<Record<string, string | undefined>>): string[];
