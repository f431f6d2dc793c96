import type { CapabilitySets } from './spec.js';
/** Every capability that we know: `CAP_CHOWN`, … in the kernel's order. */
export declare const CAPABILITIES: readonly string[];
/** Docker's fourteen. */
export declare const DEFAULT_CAPABILITIES: readonly string[];
/** All bits that a kernel may know. */
export declare const EVERY_CAPABILITY: bigint;
/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` → `CAP_NET_ADMIN`; undefined when there is no such capability. */
export declare function capabilityName(word: string): string | undefined;
/** Names of the bits of a mask, for messages. */
export declare function capabilityNames(mask: bigint): string[];
export interface CapabilityMasks {
    bounding: bigint;
    effective: bigint;
    permitted: bigint;
    inheritable: bigint;
    ambient: bigint;
}
/**
 * The five sets that a process gets: what was asked, cut down to what we may give (`available`, our own bounding set).
 * `onMissing` hears what was cut. Ambient capabilities need to be permitted and inheritable, so others are cut as well.
 */
export declare function capabilityMasks(sets: CapabilitySets | undefined, available: bigint, onMissing: (names: string[], why: string) => void): CapabilityMasks;
/** Our own bounding set: what a child of ours can have at most, unless it gets a new user namespace. */
export declare function ownBoundingSet(): bigint;
