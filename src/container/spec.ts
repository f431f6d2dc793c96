import { randomBytes } from 'node:crypto';
import type { ImageConfig } from '../oci/image-config.ts';
import type { SeccompProfile } from '../runtime/seccomp/profile.ts';
import type { Mount, Process, Rlimit, Spec } from '../runtime/spec.ts';
import type { Device, Namespace, NamespaceType } from '../runtime/spec-linux.ts';
import { defaultApparmorProfile } from './apparmor.ts';
import { capabilitySet } from './capabilities.ts';
import { ContainerError } from './container-error.ts';
import { DEFAULT_DEVICE_RULES, type DeviceMapping, hostDevices, mappedDevices } from './devices.ts';
import { type Limits, resourcesOf } from './limits.ts';
import { DEFAULT_READONLY_PATHS, defaultMaskedPaths } from './masks.ts';
import { defaultMounts } from './mounts.ts';
import { seccompFor } from './seccomp.ts';

/** The search path when neither image nor user set one: Docker's. */
export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a container shall be, beyond its image's config. Every name is resolved: ids are numbers, sources are paths. */
export interface SpecOptions {
  /** The program and its arguments; see `commandLine`. */
  args: readonly string[];
  /** Added to the image's; `NAME=VALUE` replaces an earlier `NAME`, a bare `NAME` removes it. */
  env?: readonly string[];
  /** Default: the image's WorkingDir, then `/`. */
  cwd?: string;
  user: ResolvedUser;
  /** Default: none is set. */
  hostname?: string;
  domainname?: string;
  /** Beyond Docker's defaults, in order; parents are moved before what lies in them. */
  mounts?: readonly Mount[];
  network: 'host' | 'none' | { path: string };
  /** Namespaces that are not the container's own: `host`, or another container's. Default: its own. */
  pid?: 'host' | { path: string };
  ipc?: 'host' | 'none' | { path: string };
  uts?: 'host';
  cgroupNamespace?: 'host';
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
  readOnly?: boolean;
  /** A profile in Docker's form, or `unconfined`; default: Docker's profile, or none for a privileged container. */
  seccomp?: SeccompProfile | 'unconfined';
  noNewPrivileges?: boolean;
  /** A profile, or `unconfined`; default: one that the kernel has loaded for containers, none for a privileged one. */
  apparmor?: string;
  limits?: Limits;
  ulimits?: readonly Rlimit[];
  devices?: readonly DeviceMapping[];
  deviceCgroupRules?: readonly string[];
  sysctl?: Readonly<Record<string, string>>;
  tty?: boolean;
  consoleSize?: { rows: number; columns: number };
  /** Bytes of /dev/shm; default 64 MiB. */
  shmSize?: number;
  oomScoreAdj?: number;
  /** Absolute, below the cgroup root. */
  cgroupsPath?: string;
  /** We are root of a user namespace only. */
  rootless?: boolean;
  /** The masked and read-only paths instead of Docker's: `--security-opt systempaths=unconfined`. */
  maskedPaths?: readonly string[];
  readonlyPaths?: readonly string[];
  annotations?: Readonly<Record<string, string>>;
}

export interface ResolvedUser {
  uid: number;
  gid: number;
  additionalGids?: readonly number[];
  /** From the image's passwd: HOME when nothing set it. */
  home?: string;
}

/** Image config and options become an OCI runtime configuration with Docker's defaults. The root is the runtime's business. */
export function containerSpec(config: ImageConfig, options: SpecOptions): Spec {
  const privileged = options.privileged ?? false;
  const capabilities = capabilitySet(options);
  const devices: Device[] = [...(privileged ? hostDevices() : []), ...mappedDevices(options.devices ?? [])];
  const rules = privileged
    ? [{ allow: true, access: 'rwm' }]
    : [...DEFAULT_DEVICE_RULES, ...deviceRules(devices, options)];
  checkHostName('hostname', options.hostname);
  checkHostName('domainname', options.domainname);
  const seccomp = privileged && options.seccomp === undefined ? 'unconfined' : options.seccomp;
  const filter = seccomp === 'unconfined' ? undefined : seccompFor(seccomp, capabilities);
  return {
    ociVersion: '1.2.0',
    root: { path: 'rootfs', readonly: options.readOnly ?? false },
    process: processOf(config, options, capabilities),
    ...(options.hostname === undefined || options.uts === 'host' ? {} : { hostname: options.hostname }),
    ...(options.domainname === undefined || options.uts === 'host' ? {} : { domainname: options.domainname }),
    mounts: arrange(defaultMounts({ ...options, privileged }), options.mounts ?? []),
    ...(options.annotations === undefined ? {} : { annotations: { ...options.annotations } }),
    linux: {
      namespaces: namespacesOf(options),
      devices,
      resources: { devices: rules, ...resourcesOf(options.limits ?? {}) },
      ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
      ...(options.sysctl === undefined ? {} : { sysctl: { ...options.sysctl } }),
      ...(filter === undefined ? {} : { seccomp: filter }),
      maskedPaths: [...(options.maskedPaths ?? (privileged ? [] : defaultMaskedPaths()))],
      readonlyPaths: [...(options.readonlyPaths ?? (privileged ? [] : DEFAULT_READONLY_PATHS))],
    },
  };
}

/** ENTRYPOINT and CMD by Docker's rule: an entrypoint of the user's drops the image's CMD. */
export function commandLine(
  config: ImageConfig,
  own: { entrypoint?: readonly string[] | undefined; command: readonly string[] },
): string[] {
  if (own.entrypoint !== undefined) return [...own.entrypoint, ...own.command];
  const image = config.config ?? {};
  const command = own.command.length > 0 ? own.command : (image.Cmd ?? []);
  return [...(image.Entrypoint ?? []), ...command];
}

/** Later settings replace earlier ones in place, as Docker does; a bare name takes the variable away. */
export function mergeEnv(base: readonly string[], added: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of [...base, ...added]) {
    const name = entry.split('=', 1)[0]!;
    if (entry.includes('=')) merged.set(name, entry);
    else merged.delete(name);
  }
  return [...merged.values()];
}

/** A new container's ID: 64 hex digits. */
export function newContainerId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex');
    // a short ID that is all digits would be read as a number by some programs; Docker avoids it as well
    if (!/^\d{12}/.test(id)) return id;
  }
}

function processOf(config: ImageConfig, options: SpecOptions, capabilities: readonly string[]): Process {
  const { user } = options;
  const defaults = [
    DEFAULT_PATH,
    ...(options.hostname === undefined ? [] : [`HOSTNAME=${options.hostname}`]),
    ...(options.tty ? ['TERM=xterm'] : []),
  ];
  const env = mergeEnv([...defaults, ...(config.config?.Env ?? [])], options.env ?? []);
  if (!env.some((entry) => entry.startsWith('HOME='))) {
    env.push(`HOME=${user.home ?? (user.uid === 0 ? '/root' : '/')}`);
  }
  const { rows, columns } = options.consoleSize ?? {};
  // a user namespace's own policy is not the machine's
  const confined = !options.privileged && !options.rootless;
  const apparmor = options.apparmor ?? (confined ? defaultApparmorProfile() : undefined);
  return {
    terminal: options.tty ?? false,
    ...(options.tty && rows !== undefined && columns !== undefined
      ? { consoleSize: { height: rows, width: columns } }
      : {}),
    user: { uid: user.uid, gid: user.gid, additionalGids: [...(user.additionalGids ?? [])] },
    args: [...options.args],
    env,
    cwd: options.cwd || config.config?.WorkingDir || '/',
    // inheritable and ambient stay empty (CVE-2022-24769); a user other than root loses the rest at execve
    capabilities: {
      bounding: [...capabilities],
      effective: [...capabilities],
      permitted: [...capabilities],
      inheritable: [],
      ambient: [],
    },
    ...(options.ulimits === undefined || options.ulimits.length === 0 ? {} : { rlimits: [...options.ulimits] }),
    noNewPrivileges: options.noNewPrivileges ?? false,
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
  };
}

function namespacesOf(options: SpecOptions): Namespace[] {
  const namespaces: Namespace[] = [{ type: 'mount' }];
  const add = (type: NamespaceType, choice: 'host' | 'none' | { path: string } | undefined): void => {
    if (choice === 'host') return;
    namespaces.push(typeof choice === 'object' ? { type, path: choice.path } : { type });
  };
  add('network', options.network);
  add('uts', options.uts);
  add('pid', options.pid);
  add('ipc', options.ipc);
  add('cgroup', options.cgroupNamespace);
  return namespaces;
}

function deviceRules(devices: readonly Device[], options: SpecOptions) {
  const mapped = devices
    .filter((device) => device.type === 'b' || device.type === 'c')
    .map((device, i) => ({
      allow: true,
      type: device.type,
      major: device.major!,
      minor: device.minor!,
      access: options.devices?.[i]?.access ?? 'rwm',
    }));
  const written = (options.deviceCgroupRules ?? []).map((text) => {
    const [type, numbers, access] = text.split(/\s+/);
    const [major, minor] = (numbers ?? '').split(':').map((n) => (n === '*' ? undefined : Number(n)));
    return {
      allow: true,
      ...(type === undefined ? {} : { type }),
      ...(major === undefined ? {} : { major }),
      ...(minor === undefined ? {} : { minor }),
      access: access ?? 'rwm',
    };
  });
  return [...mapped, ...written];
}

/** A mount of the user's replaces the default at the same place; shallow destinations come before what lies in them. */
function arrange(defaults: readonly Mount[], added: readonly Mount[]): Mount[] {
  const places = new Set(added.map((mount) => mount.destination));
  const depth = (mount: Mount) => mount.destination.split('/').filter((part) => part !== '').length;
  const sorted = [...added].sort((a, b) => depth(a) - depth(b));
  return [...defaults.filter((mount) => !places.has(mount.destination)), ...sorted];
}

/** The kernel keeps 64 bytes of a host's name, and of its domain's. */
function checkHostName(flag: string, name: string | undefined): void {
  if (name === undefined) return;
  if (/[\s\0-\x1f/]/.test(name)) {
    throw new ContainerError(
      'invalid-option',
      `--${flag}: expected a name without spaces, found ${JSON.stringify(name)}`,
    );
  }
  if (Buffer.byteLength(name) <= 64) return;
  throw new ContainerError(
    'invalid-option',
    `--${flag}: expected a name of at most 64 bytes, found ${Buffer.byteLength(name)}: "${name.slice(0, 80)}…"`,
  );
}
