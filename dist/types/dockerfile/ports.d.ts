import type { SourceLocation } from '../errors.js';
/**
 * Expanded words of EXPOSE → `80/tcp`, ranges written out, sorted and without repeats: keys of the image config's
 * ExposedPorts. `ip:host:container` is accepted as Docker does; only the container's port counts.
 */
export declare function parsePorts(words: readonly string[], location: SourceLocation): string[];
