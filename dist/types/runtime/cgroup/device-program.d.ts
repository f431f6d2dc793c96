/**
 * Device rules as an eBPF program of type CGROUP_DEVICE. Its context is { u32 access_type; u32 major; u32 minor }:
 * access_type holds the node's type in the low half (1 block, 2 character) and what is wanted in the high half
 * (1 mknod, 2 read, 4 write). 1 allows, 0 refuses.
 *
 * The last rule that speaks of a wanted bit decides on it. So rules are asked from the last to the first: one that
 * allows takes its bits off what is still wanted, one that denies and meets a wanted bit ends it.
 */
import type { DeviceRule } from '../spec-linux.js';
/** Bytes of `struct bpf_insn[]`. */
export declare function deviceProgram(rules: readonly DeviceRule[] | undefined): Buffer;
