import { existsSync, readFileSync } from 'node:fs';
import type { Mount } from '../runtime/spec.ts';

const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;

/** The kernel's file systems that every container has: Docker's list and options. */
export function defaultMounts(options: {
  privileged: boolean;
  shmSize?: number;
  ipc?: 'host' | 'none' | { path: string };
  network?: 'host' | 'none' | { path: string };
  pid?: 'host' | { path: string };
  rootless?: boolean;
}): Mount[] {
  const access = options.privileged ? 'rw' : 'ro';
  const mounts: Mount[] = [
    procMount(options),
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...ttyGroup(options)],
    },
    sysMount(options, access),
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [access, 'nosuid', 'noexec', 'nodev'] },
  ];
  if (options.ipc === 'host') {
    // not every machine has message queues mounted
    mounts.push(...['/dev/mqueue', '/dev/shm'].filter((path) => existsSync(path)).map(bind));
    return mounts;
  }
  mounts.push({ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] });
  if (options.ipc !== 'none') {
    const size = options.shmSize ?? DEFAULT_SHM_SIZE;
    mounts.push({
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${size}`],
    });
  }
  return mounts;
}

/** Group 5 is `tty` everywhere; in a user namespace with few IDs it may not exist. */
function ttyGroup(options: { rootless?: boolean }): string[] {
  if (!options.rootless) return ['gid=5'];
  const mapped = readFileSync('/proc/self/gid_map', 'latin1')
    .trim()
    .split('\n')
    .some((line) => {
      const [inner, , size] = line.trim().split(/\s+/).map(Number);
      return inner! <= 5 && 5 < inner! + size!;
    });
  return mapped ? ['gid=5'] : [];
}

/** procfs shows a pid namespace: who does not own that one cannot mount it, and gets the host's. */
function procMount(options: { pid?: 'host' | { path: string }; rootless?: boolean }): Mount {
  const flags = ['nosuid', 'noexec', 'nodev'];
  if (options.rootless && options.pid === 'host')
    return { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', 'rslave', ...flags] };
  return { destination: '/proc', type: 'proc', source: 'proc', options: flags };
}

/** sysfs shows the network's devices: who does not own the network namespace cannot mount it, and gets the host's. */
function sysMount(
  options: { network?: 'host' | 'none' | { path: string }; rootless?: boolean },
  access: string,
): Mount {
  if (options.rootless && options.network !== 'none') {
    return {
      destination: '/sys',
      type: 'bind',
      source: '/sys',
      options: ['rbind', 'rslave', 'nosuid', 'noexec', 'nodev', 'rro'],
    };
  }
  return { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', access] };
}

function bind(path: string): Mount {
  return { destination: path, type: 'bind', source: path, options: ['rbind', 'nosuid', 'noexec', 'nodev'] };
}
