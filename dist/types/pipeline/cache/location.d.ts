import type { Digest } from '../../oci/digest.js';
import { type Reference } from '../../oci/reference.js';
/** Where a build cache is: a folder, a name in a registry, or a scope of GitHub's cache service. */
export type CacheLocation = CacheFolder | CacheReference | CacheScope;
interface CacheOptions {
    mode: 'min' | 'max';
    ignoreError?: boolean;
    /** Bytes that archives of cache mounts may take there; 0: none are kept. */
    mountBudget?: number;
}
export interface CacheFolder extends CacheOptions {
    type: 'local';
    folder: string;
    tag?: string;
    digest?: Digest;
}
export interface CacheReference extends CacheOptions {
    type: 'registry';
    reference: Reference;
}
export interface CacheScope extends CacheOptions {
    type: 'gha';
    scope: string;
    /** Longest that saving may take; default ten minutes. */
    timeoutMs?: number;
}
/** As it is said to users. */
export declare function nameOfCache(location: CacheLocation): string;
export {};
