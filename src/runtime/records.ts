/** A whole config → the flat list of records that the helper carries out (docs/helper-protocol.md). */
import { posix } from 'node:path';
import type { CgroupHost } from './cgroup/host.ts';
import type { CgroupPlan } from './cgroup/plan.ts';
import type { OnWarning } from './cgroup/writes.ts';
import { RuntimeError } from './error.ts';
import type { HelperRecord } from './helper.ts';
import { hasOuterHooks, hookRecords } from './hooks.ts';
import { MS_REC, MS_SLAVE, propagationFlags } from './mounts.ts';
import type { OverlayMount } from './overlay.ts';
import { deviceRecords, mountRecords } from './records-mounts.ts';
import { processRecords } from './records-process.ts';
import { type SeccompProgram, seccompProgram } from './seccomp/program.ts';
import type { Spec, State } from './spec.ts';
import type { Namespace, NamespaceType } from './spec-linux.ts';

export interface RecordsContext {
  state: State;
  rootfs: OverlayMount | string;
  /** Where an overlay is mounted; not used for a folder. */
  mountPoint: string;
  /** Overlays that bind mounts take their sources from. */
  overlays?: readonly { mount: OverlayMount; target: string }[];
  cgroups: CgroupHost;
  plan: CgroupPlan;
  strict: boolean;
  /** Maps of a user namespace are written by these programs, since we are not root. */
  idMapPrograms?: { uid: string; gid: string } | undefined;
  /** The one id of an unprivileged user: groups cannot be set. */
  denySetgroups?: boolean;
  noPivot?: boolean;
  noKeyring?: boolean;
  init?: boolean;
  /** A folder for compiled seccomp programs. */
  filters?: string;
  onWarning: OnWarning;
}

/** Records without those of the streams, which differ by how the container is started. */
export async function containerRecords(spec: Spec, context: RecordsContext): Promise<HelperRecord[]> {
  refuseUndone(spec);
  const linux = spec.linux ?? {};
  const namespaces = linux.namespaces ?? [];
  const isNew = (type: NamespaceType): boolean => namespaces.some((ns) => ns.type === type && !ns.path);
  const has = (type: NamespaceType): boolean => namespaces.some((ns) => ns.type === type);
  if (!has('mount'))
    throw new RuntimeError('unsupported', 'linux.namespaces: a container without a mount namespace is not done here');
  const rootPropagation = linux.rootfsPropagation ? propagationFlags(linux.rootfsPropagation) : undefined;
  const mounts = await mountRecords(spec, {
    bundle: context.state.bundle,
    cgroups: context.cgroups,
    paths: context.plan.paths,
    hasUserNamespace: has('user'),
    hasCgroupNamespace: isNew('cgroup'),
    overlayTargets: (context.overlays ?? []).map(({ target }) => target),
  });
  const records: HelperRecord[] = [
    ...namespaces.map((ns): HelperRecord => namespaceRecord(ns)),
    ...idMapRecords(spec, context),
    ...Object.entries(linux.timeOffsets ?? {}).map(
      ([clock, { secs = 0, nanosecs = 0 }]): HelperRecord => ['time-offset', clock, secs, nanosecs],
    ),
    ...context.plan.records,
    ['propagation', rootPropagation ?? MS_SLAVE | MS_REC],
    ...(context.overlays ?? []).map(({ mount, target }) => overlayRecord('extra-overlay', mount, target)),
    typeof context.rootfs === 'string'
      ? ['rootfs', context.rootfs]
      : overlayRecord('rootfs-overlay', context.rootfs, context.mountPoint),
    ...(rootPropagation === undefined ? [] : [['rootfs-propagation', rootPropagation] as const]),
    ...mounts,
    ...deviceRecords(spec),
    ...(linux.maskedPaths ?? []).map((path): HelperRecord => ['mask', posix.normalize(path)]),
    ...(linux.readonlyPaths ?? []).map((path): HelperRecord => ['readonly', posix.normalize(path)]),
    ...Object.entries(linux.sysctl ?? {}).map(([name, value]): HelperRecord => ['sysctl', name, value]),
    ...hookRecords(spec.hooks, context.state),
  ];
  if (spec.root?.readonly) records.push(['readonly-root']);
  if (spec.hostname) records.push(['hostname', spec.hostname]);
  if (spec.domainname) records.push(['domainname', spec.domainname]);
  if (isNew('network')) records.push(['loopback']);
  if (context.noPivot) records.push(['no-pivot']);
  if (context.init) records.push(['init']);
  if (!context.noKeyring) records.push(['session-keyring']);
  if (hasOuterHooks(spec.hooks)) records.push(['pause-hooks']);
  if (linux.personality !== undefined) records.push(['personality', linux.personality.domain === 'LINUX32' ? 8 : 0]);
  if (!isNew('pid') && context.plan.paths !== undefined) records.push(...killRecords(context.plan.paths));
  const { process } = spec;
  if (!process?.args?.length) throw new RuntimeError('spec-invalid', 'process.args: the program to run is missing');
  records.push(
    ...processRecords(process, {
      seccomp: containerSeccomp(spec, context.filters),
      newUserNamespace: isNew('user'),
      strict: context.strict,
      denySetgroups: context.denySetgroups ?? false,
      onWarning: context.onWarning,
    }),
  );
  return records;
}

/** The compiled filter of a config; undefined for none. `cache`: a folder for programs that were made before. */
export function containerSeccomp(spec: Spec, cache?: string): SeccompProgram | undefined {
  const seccomp = spec.linux?.seccomp;
  if (seccomp === undefined) return undefined;
  const rules = [seccomp.defaultAction, ...(seccomp.syscalls ?? []).map((rule) => rule.action)];
  if (rules.includes('SCMP_ACT_NOTIFY') || seccomp.listenerPath) {
    throw new RuntimeError('unsupported', 'linux.seccomp: SCMP_ACT_NOTIFY and listenerPath are not done here');
  }
  return seccompProgram(seccomp, process.arch, cache);
}

/** What the specification allows us not to have, but not to pass over in silence. */
function refuseUndone(spec: Spec): void {
  const linux = spec.linux ?? {};
  const refuse = (field: string): never => {
    throw new RuntimeError('unsupported', `${field} is not done here`);
  };
  if (linux.intelRdt !== undefined) refuse('linux.intelRdt');
  if (linux.memoryPolicy !== undefined) refuse('linux.memoryPolicy');
  if (Object.keys(linux.netDevices ?? {}).length > 0) refuse('linux.netDevices');
}

function namespaceRecord(ns: Namespace): HelperRecord {
  return ns.path ? ['ns', ns.type, ns.path] : ['ns', ns.type];
}

function idMapRecords(spec: Spec, context: RecordsContext): HelperRecord[] {
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  const records: HelperRecord[] = [
    ...uidMappings.map((m): HelperRecord => ['uid-map', m.containerID, m.hostID, m.size]),
    ...gidMappings.map((m): HelperRecord => ['gid-map', m.containerID, m.hostID, m.size]),
  ];
  if (records.length === 0) return records;
  if (context.denySetgroups) records.push(['setgroups', 'deny']);
  if (context.idMapPrograms !== undefined) {
    records.push(['newuidmap', context.idMapPrograms.uid], ['newgidmap', context.idMapPrograms.gid]);
  }
  return records;
}

function overlayRecord(name: string, overlay: OverlayMount, target: string): HelperRecord {
  return [name, overlay.cwd, target, overlay.options, overlay.upper, overlay.work, ...overlay.lowers];
}

/** Without a pid namespace nothing dies with the first process: the helper kills by cgroup. */
function killRecords(paths: NonNullable<CgroupPlan['paths']>): HelperRecord[] {
  if (paths.unified !== undefined) return [['cgroup-kill', `${paths.unified}/cgroup.kill`]];
  const folder = paths.v1.freezer ?? paths.v1.pids ?? Object.values(paths.v1)[0];
  return folder === undefined ? [] : [['cgroup-kill', `${folder}/cgroup.procs`]];
}
