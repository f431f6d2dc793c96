import type { NamespaceType } from './spec-linux.js';
/**
 * Why a sysctl must not be set from a container's config, or undefined when it may: only what belongs to a namespace of
 * the container's own. Anything else would change the host.
 */
export declare function sysctlProblem(name: string, hasOwn: (type: NamespaceType) => boolean, hostnameSet: boolean): string | undefined;
