import { hostnameOf } from './bundle.ts';
import type { Container } from './container.ts';
import { healthcheckOf } from './health.ts';
import { DEFAULT_READONLY_PATHS, defaultMaskedPaths } from './masks.ts';
import type { MountPoint } from './record.ts';

/** Go's zero time: docker's "never". */
const NEVER = '0001-01-01T00:00:00Z';

/** Docker's JSON of a container; fields of what is not done here are left out or empty. */
export async function inspectContainer(container: Container): Promise<Record<string, unknown>> {
  const { record, services } = container;
  const [state, paused] = await Promise.all([container.state(), container.isPaused()]);
  const { options, imageConfig, args } = record;
  const running = state.status === 'running';
  const snapshot = await services.snapshots.open(record.id);
  const health = state.health;
  return {
    Id: record.id,
    Created: record.created,
    Path: args[0] ?? '',
    Args: args.slice(1),
    State: {
      Status: paused ? 'paused' : state.status,
      Running: running,
      Paused: paused,
      Restarting: false,
      OOMKilled: state.exit?.oomKilled ?? false,
      Dead: false,
      Pid: running ? (state.process?.pid ?? 0) : 0,
      ExitCode: state.exit?.exitCode ?? 0,
      Error: state.error ?? '',
      StartedAt: state.startedAt ?? NEVER,
      FinishedAt: state.finishedAt ?? NEVER,
      ...(state.exit?.memoryPeak === undefined ? {} : { MemoryPeak: state.exit.memoryPeak }),
      ...(state.exit?.cpuUsec === undefined ? {} : { CpuUsec: state.exit.cpuUsec }),
      ...(health === undefined
        ? {}
        : {
            Health: {
              Status: health.status,
              FailingStreak: health.failingStreak,
              Log: health.log.map((entry) => ({
                Start: entry.start,
                End: entry.end,
                ExitCode: entry.exitCode,
                Output: entry.output,
              })),
            },
          }),
    },
    Image: record.image.id,
    ResolvConfPath: services.store.runPath(record.id, 'resolv.conf'),
    HostnamePath: services.store.runPath(record.id, 'hostname'),
    HostsPath: services.store.runPath(record.id, 'hosts'),
    LogPath: services.store.path(record.id, 'log.json'),
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: 'overlay',
    Platform: record.image.platform.os,
    ImageManifestDescriptor: record.image.manifest,
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: options.security?.apparmor ?? '',
    ExecIDs: null,
    HostConfig: hostConfig(container),
    GraphDriver: {
      Name: 'overlay',
      Data: {
        UpperDir: snapshot?.overlay.upper ?? '',
        WorkDir: snapshot?.overlay.work ?? '',
        LowerDir: snapshot?.overlay.lowers.map((lower) => `${snapshot.overlay.cwd}/${lower}`).join(':') ?? '',
      },
    },
    Mounts: record.mounts.map(mountJson),
    Config: {
      Hostname: hostnameOf(record),
      Domainname: options.domainname ?? '',
      User: options.user ?? imageConfig.User ?? '',
      AttachStdin: options.interactive ?? false,
      AttachStdout: true,
      AttachStderr: true,
      ...(imageConfig.ExposedPorts === undefined ? {} : { ExposedPorts: imageConfig.ExposedPorts }),
      Tty: options.tty ?? false,
      OpenStdin: options.interactive ?? false,
      StdinOnce: false,
      Env: environmentOf(container),
      Cmd: options.command.length > 0 ? options.command : (imageConfig.Cmd ?? null),
      ...(healthcheckOf(record) === undefined ? {} : { Healthcheck: healthcheckOf(record) }),
      Image: record.image.name,
      Volumes: imageConfig.Volumes ?? null,
      WorkingDir: options.workingDir ?? imageConfig.WorkingDir ?? '',
      Entrypoint: options.entrypoint ?? imageConfig.Entrypoint ?? null,
      OnBuild: imageConfig.OnBuild ?? null,
      Labels: { ...imageConfig.Labels, ...options.labels },
      ...(stopSignal(container) === undefined ? {} : { StopSignal: stopSignal(container) }),
      ...(options.stopTimeout === undefined ? {} : { StopTimeout: options.stopTimeout }),
    },
    NetworkSettings: {
      Ports: {},
      SandboxKey: running && state.process !== undefined ? `/proc/${state.process.pid}/ns/net` : '',
      Networks: { [options.network ?? 'host']: { ...NO_ADDRESS, NetworkID: '' } },
      Bridge: '',
      ...NO_ADDRESS,
    },
  };
}

/** What scripts ask for, with docker's way of saying that there is none. */
const NO_ADDRESS = {
  IPAddress: '',
  IPPrefixLen: 0,
  Gateway: '',
  MacAddress: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  IPv6Gateway: '',
};

/** The image's variables and the user's; those that every container gets are not said. */
function environmentOf({ record }: Container): string[] {
  const all = [...(record.imageConfig.Env ?? []), ...(record.options.env ?? [])];
  return [...new Map(all.map((entry) => [entry.split('=', 1)[0], entry])).values()];
}

function stopSignal({ record }: Container): string | undefined {
  return record.options.stopSignal ?? record.imageConfig.StopSignal;
}

function hostConfig({ record }: Container): Record<string, unknown> {
  const { options } = record;
  const limits = options.limits ?? {};
  const security = options.security ?? {};
  return {
    Binds: record.mounts
      .filter((m) => m.type !== 'tmpfs')
      .map((m) => `${m.name ?? m.source}:${m.destination}${m.readOnly ? ':ro' : ''}`),
    NetworkMode: options.network ?? 'host',
    PortBindings: {},
    PublishAllPorts: false,
    Links: null,
    ConsoleSize: [0, 0],
    ContainerIDFile: '',
    Isolation: '',
    UsernsMode: '',
    VolumeDriver: '',
    DeviceRequests: null,
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: options.autoRemove ?? false,
    VolumesFrom: options.volumesFrom ?? null,
    CapAdd: options.capAdd ?? null,
    CapDrop: options.capDrop ?? null,
    CgroupnsMode: options.cgroupns ?? 'private',
    Dns: options.dns ?? [],
    DnsOptions: options.dnsOptions ?? [],
    DnsSearch: options.dnsSearch ?? [],
    ExtraHosts: options.addHosts ?? null,
    GroupAdd: options.groupAdd ?? null,
    IpcMode: options.ipc ?? 'private',
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: options.pid ?? '',
    Privileged: options.privileged ?? false,
    ReadonlyRootfs: options.readOnly ?? false,
    SecurityOpt: [
      ...(security.seccomp === undefined
        ? []
        : [`seccomp=${security.seccomp === 'unconfined' ? 'unconfined' : JSON.stringify(security.seccomp)}`]),
      ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
      ...(security.apparmor === undefined ? [] : [`apparmor=${security.apparmor}`]),
      ...(security.unmaskedPaths ? ['systempaths=unconfined'] : []),
    ],
    Tmpfs: Object.fromEntries(
      record.mounts.filter((m) => m.type === 'tmpfs').map((m) => [m.destination, m.options.join(',')]),
    ),
    MaskedPaths: options.privileged || security.unmaskedPaths ? [] : defaultMaskedPaths(),
    ReadonlyPaths: options.privileged || security.unmaskedPaths ? [] : DEFAULT_READONLY_PATHS,
    UTSMode: options.uts ?? '',
    ShmSize: options.shmSize ?? 64 * 1024 * 1024,
    Sysctls: options.sysctl ?? {},
    Runtime: 'containerize',
    Init: options.init ?? false,
    Memory: limits.memory ?? 0,
    MemorySwap: limits.memorySwap ?? (limits.memory === undefined ? 0 : limits.memory * 2),
    MemoryReservation: limits.memoryReservation ?? 0,
    MemorySwappiness: limits.memorySwappiness ?? null,
    NanoCpus: Math.round((limits.cpus ?? 0) * 1e9),
    CpuShares: limits.cpuShares ?? 0,
    CpuPeriod: limits.cpuPeriod ?? 0,
    CpuQuota: limits.cpuQuota ?? 0,
    CpusetCpus: limits.cpusetCpus ?? '',
    CpusetMems: limits.cpusetMems ?? '',
    PidsLimit: limits.pids ?? null,
    BlkioWeight: limits.blkioWeight ?? 0,
    OomKillDisable: limits.oomKillDisable ?? false,
    Devices: (options.devices ?? []).map((d) => ({
      PathOnHost: d.host,
      PathInContainer: d.container,
      CgroupPermissions: d.access,
    })),
    DeviceCgroupRules: options.deviceCgroupRules ?? null,
    Ulimits: (options.ulimits ?? []).map((u) => ({
      Name: u.type.slice('RLIMIT_'.length).toLowerCase(),
      Hard: u.hard,
      Soft: u.soft,
    })),
    CgroupParent: options.cgroupParent ?? '',
    LogConfig: { Type: 'json-file', Config: {} },
  };
}

function mountJson(mount: MountPoint): Record<string, unknown> {
  return {
    Type: mount.type,
    ...(mount.name === undefined ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.type === 'volume' ? { Driver: 'local' } : {}),
    Mode: mount.readOnly ? 'ro' : '',
    RW: !mount.readOnly,
    Propagation: mount.type === 'bind' ? (mount.propagation ?? 'rprivate') : '',
  };
}
