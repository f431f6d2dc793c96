import { readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { ContainerizeError, codeOf } from '../errors.ts';
import type { Device, DeviceRule } from '../runtime/spec-linux.ts';

export class DeviceError extends ContainerizeError<'invalid-device' | 'no-such-device'> {}

/** `--device HOST[:CONTAINER[:ACCESS]]`. */
export interface DeviceMapping {
  host: string;
  container: string;
  /** Letters of r, w, m. */
  access: string;
}

/** What the devices cgroup allows: Docker's list; the runtime adds what its own nodes need. */
export const DEFAULT_DEVICE_RULES: readonly DeviceRule[] = [
  { allow: false, access: 'rwm' },
  ...[
    [1, 5],
    [1, 3],
    [1, 9],
    [1, 8],
    [5, 0],
    [5, 1],
  ].map(([major, minor]) => ({ allow: true, type: 'c', major: major!, minor: minor!, access: 'rwm' })),
  { allow: false, type: 'c', major: 10, minor: 229, access: 'rwm' },
];

export function parseDevice(text: string): DeviceMapping {
  const [host, second, third, ...more] = text.split(':');
  const accessOnly = third === undefined && second !== undefined && /^[rwm]+$/.test(second);
  const container = accessOnly || !second ? host : second;
  const access = accessOnly ? second : (third ?? 'rwm');
  if (!host?.startsWith('/') || !container?.startsWith('/') || !/^[rwm]+$/.test(access!) || more.length > 0) {
    throw new DeviceError('invalid-device', `--device: expected HOST_PATH[:CONTAINER_PATH[:rwm]], found "${text}"`);
  }
  return { host, container, access: access! };
}

/** The nodes to make for `--device`. The host's link is followed: the user named it. */
export function mappedDevices(mappings: readonly DeviceMapping[]): Device[] {
  return mappings.map((mapping) => {
    const device = deviceAt(mapping.host, mapping.container);
    if (device === undefined) {
      throw new DeviceError(
        'no-such-device',
        `--device ${mapping.host}: there is no device of this name on this machine`,
      );
    }
    return device;
  });
}

/** Every device of the host, for `--privileged`, but not those that each container has for itself. */
export function hostDevices(): Device[] {
  const found: Device[] = [];
  const skipped = new Set([
    '/dev/pts',
    '/dev/shm',
    '/dev/fd',
    '/dev/mqueue',
    '/dev/.lxc',
    '/dev/.udev',
    '/dev/console',
  ]);
  const own = new Set(['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx'].map((name) => `/dev/${name}`));
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (skipped.has(path) || own.has(path)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isBlockDevice() || entry.isCharacterDevice()) {
        const device = deviceAt(path, path);
        if (device !== undefined) found.push(device);
      }
    }
  };
  visit('/dev');
  return found;
}

/** The number of a block device, for a limit on it. */
export function deviceNumber(path: string): { major: number; minor: number } {
  const device = deviceAt(path, path);
  if (device?.type !== 'b')
    throw new DeviceError('no-such-device', `${path}: there is no block device of this name on this machine`);
  return { major: device.major!, minor: device.minor! };
}

function deviceAt(host: string, container: string): Device | undefined {
  try {
    const { mode, rdev, uid, gid } = statSync(host);
    const type = (mode & 0o170000) === 0o020000 ? 'c' : (mode & 0o170000) === 0o060000 ? 'b' : undefined;
    if (type === undefined) return undefined;
    return { type, path: container, major: majorOf(rdev), minor: minorOf(rdev), fileMode: mode & 0o7777, uid, gid };
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** glibc's and musl's split of a 64-bit device number: 12 + 20 bits in two parts each. */
function majorOf(rdev: number): number {
  const n = BigInt(rdev);
  return Number(((n >> 32n) & 0xfffff000n) | ((n >> 8n) & 0xfffn));
}

function minorOf(rdev: number): number {
  const n = BigInt(rdev);
  return Number(((n >> 12n) & 0xffffff00n) | (n & 0xffn));
}
