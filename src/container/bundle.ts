import type { ImageConfig } from '../oci/image-config.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import type { ContainerRequest } from '../runtime/runtime-types.ts';
import { type RootReader, readAccountFiles } from './account-files.ts';
import { ContainerError } from './container-error.ts';
import type { ContainerStore } from './container-store.ts';
import { specMounts } from './mount-points.ts';
import { writeNetworkFiles } from './network-files.ts';
import type { ContainerRecord } from './record.ts';
import { containerSpec } from './spec.ts';
import { resolveUser } from './user.ts';

export interface BundleOptions {
  overlay: OverlayMount;
  rootless: boolean;
  /** Reads a file of the root through the helper, when the layers alone do not tell. */
  readRoot: RootReader;
  consoleSize?: { rows: number; columns: number } | undefined;
  /** Namespaces of other containers: `container:ID` → path. */
  namespacePath(id: string, kind: 'pid' | 'ipc' | 'net'): Promise<string>;
}

/** What the runtime needs to start a container: its record becomes a specification, its generated files are written. */
export async function makeBundle(
  store: ContainerStore,
  record: ContainerRecord,
  bundle: BundleOptions,
): Promise<ContainerRequest> {
  const { options, imageConfig } = record;
  const network = options.network ?? 'host';
  const hostname = hostnameOf(record);
  const [accounts, networkMounts, pid, ipc] = await Promise.all([
    readAccountFiles(bundle.overlay, bundle.readRoot),
    writeNetworkFiles(store.runPath(record.id), {
      hostname,
      network,
      ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
      addHosts: options.addHosts ?? [],
      dns: options.dns ?? [],
      dnsSearch: options.dnsSearch ?? [],
      dnsOptions: options.dnsOptions ?? [],
    }),
    joinNamespace(options.pid, 'pid', bundle),
    joinNamespace(options.ipc === 'private' ? undefined : options.ipc, 'ipc', bundle),
  ]);
  const user = resolveUser(accounts, options.user ?? imageConfig.User ?? '', options.groupAdd);
  const config = { config: imageConfig } as ImageConfig;
  const spec = containerSpec(config, {
    args: record.args,
    user,
    hostname,
    network,
    rootless: bundle.rootless,
    // what the user mounts at /etc/hosts is his; ours go first so that his replace them
    mounts: [
      ...networkMounts.filter((m) => !record.mounts.some((own) => own.destination === m.destination)),
      ...specMounts(record.mounts),
    ],
    ...(pid === undefined ? {} : { pid }),
    ...(ipc === undefined ? {} : { ipc }),
    ...(options.uts === undefined ? {} : { uts: options.uts }),
    ...(options.cgroupns === 'host' ? { cgroupNamespace: 'host' as const } : {}),
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    env: options.env ?? [],
    ...(options.workingDir === undefined ? {} : { cwd: options.workingDir }),
    capAdd: options.capAdd ?? [],
    capDrop: options.capDrop ?? [],
    privileged: options.privileged ?? false,
    readOnly: options.readOnly ?? false,
    ...(options.security?.seccomp === undefined ? {} : { seccomp: options.security.seccomp }),
    ...(options.security?.apparmor === undefined ? {} : { apparmor: options.security.apparmor }),
    noNewPrivileges: options.security?.noNewPrivileges ?? false,
    ...(options.security?.unmaskedPaths ? { maskedPaths: [], readonlyPaths: [] } : {}),
    limits: options.limits ?? {},
    ulimits: options.ulimits ?? [],
    devices: options.devices ?? [],
    deviceCgroupRules: options.deviceCgroupRules ?? [],
    sysctl: { ...(network === 'none' ? networkSysctls(bundle.rootless) : {}), ...options.sysctl },
    tty: options.tty ?? false,
    ...(bundle.consoleSize === undefined ? {} : { consoleSize: bundle.consoleSize }),
    ...(options.shmSize === undefined ? {} : { shmSize: options.shmSize }),
    ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
    cgroupsPath: cgroupPathOf(record),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  });
  return {
    id: record.id,
    spec,
    rootfs: bundle.overlay,
    cgroupPath: cgroupPathOf(record),
    init: options.init ?? false,
  };
}

/**
 * In a network of its own there is nothing to protect from the container's users: any of them may listen on any port and
 * ping, as with docker. A user namespace cannot name every group that may ping.
 */
function networkSysctls(rootless: boolean): Record<string, string> {
  return {
    'net.ipv4.ip_unprivileged_port_start': '0',
    ...(rootless ? {} : { 'net.ipv4.ping_group_range': '0 2147483647' }),
  };
}

/** Below the cgroup root. */
export function cgroupPathOf(record: Pick<ContainerRecord, 'id' | 'options'>): string {
  const { cgroupParent } = record.options;
  // one level: no parent that nobody removes
  return cgroupParent === undefined ? `/containerize-${record.id}` : `${cgroupParent}/${record.id}`;
}

export function hostnameOf(record: Pick<ContainerRecord, 'id' | 'options'>): string {
  return record.options.hostname ?? record.id.slice(0, 12);
}

async function joinNamespace(
  choice: 'host' | 'none' | `container:${string}` | undefined,
  kind: 'pid' | 'ipc',
  bundle: BundleOptions,
): Promise<'host' | { path: string } | undefined> {
  if (choice === undefined || choice === 'host') return choice;
  if (choice === 'none') return undefined;
  const id = choice.slice('container:'.length);
  if (id === '') throw new ContainerError('invalid-option', `--${kind}: expected container:NAME, found "${choice}"`);
  return { path: await bundle.namespacePath(id, kind) };
}
