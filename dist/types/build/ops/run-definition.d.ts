import type { Mount } from '../../dockerfile/run-mount.js';
import type { SourceLocation } from '../../errors.js';
import type { Platform } from '../../oci/platform.js';
import type { FileSource } from '../file-source.js';
/** A RUN with everything expanded and resolved: what its key, its history and its execution are made from. */
export interface RunDefinition {
    /** The program and its arguments; the shell form with the shell in front. */
    args: readonly string[];
    /** `K=V`: what ENV and declared ARGs say. */
    env: readonly string[];
    /** `K=V` that is part of no key and no history. */
    proxies: readonly string[];
    /** Names in `env` that come from ARG, for the explanation of a miss. */
    argNames: ReadonlySet<string>;
    cwd: string;
    /** As USER says; empty for root. */
    user: string;
    network: 'default' | 'none' | 'host';
    security: 'sandbox' | 'insecure';
    hostname: string;
    mounts: readonly RunMount[];
    /** A heredoc beginning with `#!`: mounted at /dev/pipes/NAME and run. */
    script?: {
        name: string;
        content: string;
    };
    /** Names that --add-host gave: the addresses are not part of the key. */
    hostNames: readonly string[];
    platform: Platform;
    /** What `docker history` shows, with `RUN ` in front. */
    history: string;
    location: SourceLocation;
}
/** A mount, and where a bind or a new cache takes its files from. */
export interface RunMount {
    mount: Mount;
    source?: FileSource;
}
