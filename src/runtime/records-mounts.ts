/** `mounts`, `/dev`, masked and read-only paths → records of the helper. */
import { stat, statfs } from 'node:fs/promises';
import { posix } from 'node:path';
import { codeOf } from '../errors.ts';
import type { CgroupHost } from './cgroup/host.ts';
import type { CgroupPaths } from './cgroup/paths.ts';
import { RuntimeError } from './error.ts';
import type { HelperRecord } from './helper.ts';
import {
  isBind,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  mountRecord,
  parseMountOptions,
} from './mounts.ts';
import type { Mount, Spec } from './spec.ts';

export interface MountContext {
  /** Relative bind sources count from here. */
  bundle: string;
  cgroups: CgroupHost;
  paths?: CgroupPaths | undefined;
  hasUserNamespace: boolean;
  /** New ones, not joined. */
  hasCgroupNamespace: boolean;
  /** Where `extra-overlay` records mount: what lies there is not seen from here. */
  overlayTargets?: readonly string[];
}

const PROC_MAGIC = 0x9fa0;
const TTY_GROUP = 5;

/** Every mount in the config's order. */
export async function mountRecords(spec: Spec, context: MountContext): Promise<HelperRecord[]> {
  const groups = await Promise.all((spec.mounts ?? []).map((mount) => oneMount(mount, spec, context)));
  return groups.flat();
}

async function oneMount(mount: Mount, spec: Spec, context: MountContext): Promise<HelperRecord[]> {
  const destination = posix.join('/', mount.destination);
  const options = parseMountOptions(mount.options);
  if (isBind(mount)) return [await bindRecord(mount, destination, options, context)];
  if (mount.type === 'cgroup' || mount.type === 'cgroup2') return cgroupMounts(destination, options, context);
  const words = ['create-dir'];
  // The kernel refuses a new one of these when parts of the host's are covered (a user namespace inside a container).
  if ((mount.type === 'proc' || mount.type === 'sysfs') && context.hasUserNamespace) words.push('fallback-bind');
  if (mount.type === 'devpts' && !isGroupMapped(spec, TTY_GROUP)) {
    options.data = options.data
      .split(',')
      .filter((word) => word !== `gid=${TTY_GROUP}`)
      .join(',');
  }
  return [mountRecord(mount.type ?? '', mount.source ?? mount.type ?? '', destination, options, words)];
}

function isGroupMapped(spec: Spec, gid: number): boolean {
  if (!spec.linux?.namespaces?.some((ns) => ns.type === 'user')) return true;
  const maps = spec.linux.gidMappings;
  return maps === undefined || maps.some((map) => gid >= map.containerID && gid < map.containerID + map.size);
}

async function bindRecord(
  mount: Mount,
  destination: string,
  options: ReturnType<typeof parseMountOptions>,
  context: MountContext,
): Promise<HelperRecord> {
  const source = posix.resolve(context.bundle, mount.source!);
  const overlay = context.overlayTargets?.find((target) => source === target || source.startsWith(`${target}/`));
  // Whoever can replace /proc by a folder of theirs can make the runtime write its security labels into nothing.
  if (destination === '/proc' && (overlay !== undefined || (await magicOf(source)) !== PROC_MAGIC)) {
    throw new RuntimeError('spec-invalid', `bind mount ${source} → /proc: only a proc file system may be there`);
  }
  if (overlay !== undefined) {
    // The destination is there, or is made as the helper finds the source; links in the overlay must not lead out of it.
    options.flags |= MS_BIND;
    return mountRecord('bind', source.slice(overlay.length) || '/', destination, options, [`src-beneath=${overlay}`]);
  }
  if (mount.sourceBeneath !== undefined) {
    options.flags |= MS_BIND;
    const inside = posix.join('/', posix.relative(mount.sourceBeneath, source));
    // the source, which the helper finds, decides which of the two is made
    const words = ['create-dir', `src-beneath=${mount.sourceBeneath}`];
    return mountRecord('bind', inside, destination, options, words);
  }
  let isFolder: boolean;
  try {
    isFolder = (await stat(source)).isDirectory();
  } catch (cause) {
    const why = codeOf(cause) === 'ENOENT' ? 'there is no such file or folder' : `cannot be read (${codeOf(cause)})`;
    throw new RuntimeError('spec-invalid', `bind mount ${source} → ${destination}: ${why}`, { cause });
  }
  const words = [isFolder ? 'create-dir' : 'create-file'];
  for (const map of mount.uidMappings ?? []) words.push(`map-uid=${map.containerID}:${map.hostID}:${map.size}`);
  for (const map of mount.gidMappings ?? []) words.push(`map-gid=${map.containerID}:${map.hostID}:${map.size}`);
  if (mount.uidMappings?.length && !options.words.some((word) => word === 'idmap' || word === 'ridmap'))
    words.push('idmap');
  options.flags |= MS_BIND;
  return mountRecord('bind', source, destination, options, words);
}

/** Which file system a path is on; undefined when there is none. */
async function magicOf(path: string): Promise<number | undefined> {
  return statfs(path).then(
    (found) => found.type,
    () => undefined,
  );
}

/**
 * v2: a cgroup2 file system, which in a cgroup namespace shows the container's part alone. v1: a small tmpfs with one
 * mount a hierarchy. Without a namespace of its own the container's folders are bound instead, so that it never sees,
 * let alone writes, those of others.
 */
function cgroupMounts(
  destination: string,
  options: ReturnType<typeof parseMountOptions>,
  context: MountContext,
): HelperRecord[] {
  const { cgroups, paths } = context;
  const isReadOnly = (options.flags & MS_RDONLY) !== 0;
  const flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (isReadOnly ? MS_RDONLY : 0);
  const plain = { ...options, flags, recursiveSet: 0, recursiveClear: 0, data: '', words: [] };
  const bind = (source: string, at: string): HelperRecord =>
    mountRecord('bind', source, at, { ...plain, flags: flags | MS_BIND | MS_REC }, ['create-dir', 'optional']);
  if (cgroups.mode === 'none') return [];
  if (cgroups.mode === 'v2') {
    if (context.hasCgroupNamespace)
      return [mountRecord('cgroup2', 'cgroup', destination, plain, ['create-dir', 'fallback-bind'])];
    return paths?.unified === undefined ? [] : [bind(paths.unified, destination)];
  }
  const tmpfs = { ...plain, flags: flags & ~MS_RDONLY, data: 'mode=755,size=64k' };
  const records: HelperRecord[] = [mountRecord('tmpfs', 'cgroup', destination, tmpfs, ['create-dir'])];
  for (const [folder, names] of hierarchies(paths)) {
    const at = `${destination}/${names.join(',').replace(/^name=/, '')}`;
    records.push(
      context.hasCgroupNamespace && !context.hasUserNamespace
        ? mountRecord('cgroup', 'cgroup', at, { ...plain, data: names.join(',') }, ['create-dir', 'optional'])
        : bind(folder, at),
    );
    if (names.length > 1)
      for (const name of names) records.push(['symlink', names.join(','), `${destination}/${name}`]);
  }
  if (isReadOnly) {
    records.push(mountRecord('tmpfs', 'cgroup', destination, { ...tmpfs, flags: flags | MS_REMOUNT }, []));
  }
  return records;
}

function hierarchies(paths: CgroupPaths | undefined): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, folder] of Object.entries(paths?.v1 ?? {}))
    groups.set(folder, [...(groups.get(folder) ?? []), name]);
  return groups;
}

/** What every container has in /dev. */
const DEFAULT_DEVICES: readonly [path: string, major: number, minor: number][] = [
  ['/dev/null', 1, 3],
  ['/dev/zero', 1, 5],
  ['/dev/full', 1, 7],
  ['/dev/random', 1, 8],
  ['/dev/urandom', 1, 9],
  ['/dev/tty', 5, 0],
];

const DEFAULT_LINKS: readonly [target: string, path: string][] = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['pts/ptmx', '/dev/ptmx'],
];

/** Nodes and links of /dev. A /dev that is bound from elsewhere is left as it is. */
export function deviceRecords(spec: Spec): HelperRecord[] {
  const bound = (spec.mounts ?? []).some((mount) => posix.join('/', mount.destination) === '/dev' && isBind(mount));
  const own = new Set((spec.linux?.devices ?? []).map((device) => posix.normalize(device.path)));
  const records: HelperRecord[] = [];
  if (!bound) {
    for (const [path, major, minor] of DEFAULT_DEVICES) {
      if (!own.has(path)) records.push(['device', path, 'c', major, minor, 0o666, 0, 0]);
    }
    for (const [target, path] of DEFAULT_LINKS) records.push(['symlink', target, path]);
  }
  for (const device of spec.linux?.devices ?? []) {
    // The container's own terminals, not the host's (`--privileged` lists every node of the host).
    if (posix.normalize(device.path) === '/dev/ptmx' && !bound) continue;
    const mode = (device.fileMode ?? 0o666) & 0o7777;
    const { path, type, major = 0, minor = 0, uid = 0, gid = 0 } = device;
    records.push(['device', path, type === 'u' ? 'c' : type, major, minor, mode, uid, gid]);
  }
  if (spec.process?.terminal && !bound) records.push(['dev-console']);
  return records;
}
