/** Mount options of fstab's kind → what the helper's `mount` record wants. */
import type { HelperRecord } from './helper.ts';
import type { Mount } from './spec.ts';

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 0x20;
export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_UNBINDABLE = 0x20000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;

const ATTR_ATIME_MASK = 0x70;

/** Option → bits to set or to clear. */
const flagOptions: Record<string, { set?: number; clear?: number }> = {
  defaults: {},
  ro: { set: MS_RDONLY },
  rw: { clear: MS_RDONLY },
  nosuid: { set: MS_NOSUID },
  suid: { clear: MS_NOSUID },
  nodev: { set: MS_NODEV },
  dev: { clear: MS_NODEV },
  noexec: { set: MS_NOEXEC },
  exec: { clear: MS_NOEXEC },
  sync: { set: 0x10 },
  async: { clear: 0x10 },
  remount: { set: MS_REMOUNT },
  mand: { set: 0x40 },
  nomand: { clear: 0x40 },
  dirsync: { set: 0x80 },
  nosymfollow: { set: 0x100 },
  symfollow: { clear: 0x100 },
  noatime: { set: 0x400 },
  atime: { clear: 0x400 },
  nodiratime: { set: 0x800 },
  diratime: { clear: 0x800 },
  bind: { set: MS_BIND },
  rbind: { set: MS_BIND | MS_REC },
  silent: { set: 0x8000 },
  loud: { clear: 0x8000 },
  acl: { set: 0x10000 },
  noacl: { clear: 0x10000 },
  relatime: { set: 0x200000 },
  norelatime: { clear: 0x200000 },
  iversion: { set: 0x800000 },
  noiversion: { clear: 0x800000 },
  strictatime: { set: 0x1000000 },
  nostrictatime: { clear: 0x1000000 },
  lazytime: { set: 0x2000000 },
  nolazytime: { clear: 0x2000000 },
};

const propagationOptions: Record<string, number> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  unbindable: MS_UNBINDABLE,
  runbindable: MS_UNBINDABLE | MS_REC,
};

/** MOUNT_ATTR_* of mount_setattr(2), applied to every mount below as well. */
const recursiveOptions: Record<string, { set?: number; clear?: number }> = {
  rro: { set: 0x1 },
  rrw: { clear: 0x1 },
  rnosuid: { set: 0x2 },
  rsuid: { clear: 0x2 },
  rnodev: { set: 0x4 },
  rdev: { clear: 0x4 },
  rnoexec: { set: 0x8 },
  rexec: { clear: 0x8 },
  rnodiratime: { set: 0x80 },
  rdiratime: { clear: 0x80 },
  rnosymfollow: { set: 0x200000 },
  rsymfollow: { clear: 0x200000 },
  // One field of three values: every change clears it first.
  rrelatime: { clear: ATTR_ATIME_MASK },
  rnorelatime: { set: 0x20, clear: ATTR_ATIME_MASK },
  rnoatime: { set: 0x10, clear: ATTR_ATIME_MASK },
  ratime: { clear: ATTR_ATIME_MASK },
  rstrictatime: { set: 0x20, clear: ATTR_ATIME_MASK },
  rnostrictatime: { clear: ATTR_ATIME_MASK },
};

/** Options that are words to the helper, under its own names. */
const helperOptions: Record<string, string> = {
  tmpcopyup: 'copy-up',
  idmap: 'idmap',
  ridmap: 'ridmap',
  'src-nofollow': 'src-nofollow',
};

/** Every option that is not handed to the file system, for `features`. */
export const MOUNT_OPTIONS: readonly string[] = [
  ...Object.keys(flagOptions),
  ...Object.keys(propagationOptions),
  ...Object.keys(recursiveOptions),
  ...Object.keys(helperOptions).filter((name) => name !== 'src-nofollow'),
].sort();

export interface MountFlags {
  flags: number;
  propagation: number;
  recursiveSet: number;
  recursiveClear: number;
  /** What the file system itself is told: `mode=755,size=64m`. */
  data: string;
  /** Words for the helper. */
  words: string[];
}

/** Later options win over earlier ones, as with mount(8). What is no known option is data for the file system. */
export function parseMountOptions(options: readonly string[] | undefined): MountFlags {
  const result: MountFlags = { flags: 0, propagation: 0, recursiveSet: 0, recursiveClear: 0, data: '', words: [] };
  const data: string[] = [];
  for (const option of options ?? []) {
    if (Object.hasOwn(flagOptions, option)) {
      const { set = 0, clear = 0 } = flagOptions[option]!;
      result.flags = (result.flags & ~clear) | set;
    } else if (Object.hasOwn(propagationOptions, option)) {
      result.propagation = propagationOptions[option]!;
    } else if (Object.hasOwn(recursiveOptions, option)) {
      const { set = 0, clear = 0 } = recursiveOptions[option]!;
      result.recursiveSet = (result.recursiveSet & ~clear) | set;
      result.recursiveClear = (result.recursiveClear & ~set) | clear;
    } else if (Object.hasOwn(helperOptions, option)) {
      result.words.push(helperOptions[option]!);
    } else {
      data.push(option);
    }
  }
  result.data = data.join(',');
  return result;
}

/** Propagation of a container's root mount (`linux.rootfsPropagation`); undefined for a word that means none. */
export function propagationFlags(word: string): number | undefined {
  return Object.hasOwn(propagationOptions, word) ? propagationOptions[word] : undefined;
}

/** True when a mount's source is a path of the host: bind mounts by type or by option. */
export function isBind(mount: Mount): boolean {
  return mount.type === 'bind' || (mount.options ?? []).some((option) => option === 'bind' || option === 'rbind');
}

/** The helper's `mount` record. `source` as the helper shall open it; `extra` words after those of the options. */
export function mountRecord(
  type: string,
  source: string,
  destination: string,
  options: MountFlags,
  extra: readonly string[],
): HelperRecord {
  const { flags, propagation, recursiveSet, recursiveClear, data, words } = options;
  return [
    'mount',
    type,
    source,
    destination,
    flags,
    propagation,
    recursiveSet,
    recursiveClear,
    data,
    ...words,
    ...extra,
  ];
}
