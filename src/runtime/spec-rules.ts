/** What fields of a config mean together: everything that the specification forbids and the shape alone does not show. */

import { didYouMean } from '../errors.ts';
import { isBind, propagationFlags } from './mounts.ts';
import { RLIMIT_NAMES, rlimitNumber } from './rlimits.ts';
import type { Mount, Process, Spec } from './spec.ts';
import type { Linux, NamespaceType } from './spec-linux.ts';
import { sysctlProblem } from './sysctls.ts';

/** One sentence for each rule that is broken. */
export function specProblems(spec: Spec): string[] {
  const linux = spec.linux ?? {};
  return [
    ...versionProblems(spec.ociVersion),
    ...(spec.root === undefined ? ['root: is required'] : []),
    ...(spec.process === undefined ? [] : processProblems(spec.process, 'process')),
    ...namespaceProblems(spec, linux),
    ...(spec.mounts ?? []).flatMap((mount, i) => mountProblems(mount, `mounts[${i}]`, linux)),
    ...deviceProblems(linux),
    ...Object.keys(linux.sysctl ?? {}).flatMap((name) => {
      const own = (type: NamespaceType): boolean => linux.namespaces?.some((ns) => ns.type === type) ?? false;
      const problem = sysctlProblem(name, own, spec.hostname !== undefined);
      return problem === undefined ? [] : [`linux.sysctl["${name}"]: ${problem}`];
    }),
    ...(linux.rootfsPropagation && propagationFlags(linux.rootfsPropagation) === undefined
      ? [`linux.rootfsPropagation: expected shared, slave, private or unbindable, found "${linux.rootfsPropagation}"`]
      : []),
    ...(linux.personality?.flags?.length ? ['linux.personality.flags: no flag is known'] : []),
    ...(linux.seccomp?.syscalls ?? []).flatMap((rule, i) =>
      rule.names.length === 0 ? [`linux.seccomp.syscalls[${i}].names: expected at least one name`] : [],
    ),
    ...(linux.seccomp?.listenerMetadata !== undefined && linux.seccomp.listenerPath === undefined
      ? ['linux.seccomp.listenerMetadata: goes with listenerPath only']
      : []),
  ];
}

function versionProblems(version: string): string[] {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:[-+][0-9A-Za-z.+-]+)?$/.exec(version);
  if (!match) return [`ociVersion: expected a version such as 1.2.0, found "${version}"`];
  return match[1] === '1' ? [] : [`ociVersion: only versions 1.x are known, found "${version}"`];
}

/** Also for the process of `exec`. */
export function processProblems(process: Process, path: string): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [i, { type, soft, hard }] of (process.rlimits ?? []).entries()) {
    const at = `${path}.rlimits[${i}]`;
    if (rlimitNumber(type) === undefined) {
      problems.push(`${at}.type: unknown limit "${type}"${didYouMean(type, RLIMIT_NAMES)}`);
    }
    if (seen.has(type)) problems.push(`${at}.type: ${type} comes twice`);
    if (hard >= 0 && (soft < 0 || soft > hard)) problems.push(`${at}: soft (${soft}) is above hard (${hard})`);
    seen.add(type);
  }
  if (process.args !== undefined && process.args.length === 0)
    problems.push(`${path}.args: expected at least the program`);
  if (process.args?.[0] === '') problems.push(`${path}.args[0]: the program's name is empty`);
  return problems;
}

function namespaceProblems(spec: Spec, linux: Linux): string[] {
  const problems: string[] = [];
  const own = new Set<NamespaceType>();
  for (const [i, { type, path }] of (linux.namespaces ?? []).entries()) {
    const at = `linux.namespaces[${i}]`;
    if (own.has(type)) problems.push(`${at}.type: ${type} comes twice`);
    if (path && !path.startsWith('/')) problems.push(`${at}.path: expected an absolute path, found "${path}"`);
    own.add(type);
  }
  const user = linux.namespaces?.find((ns) => ns.type === 'user');
  const hasMaps = (linux.uidMappings?.length ?? 0) > 0 || (linux.gidMappings?.length ?? 0) > 0;
  if (hasMaps && user === undefined)
    problems.push('linux.uidMappings and gidMappings need a user namespace in linux.namespaces');
  if (hasMaps && user?.path)
    problems.push('linux.uidMappings and gidMappings are for a new user namespace, not for one that is joined');
  if (user !== undefined && !user.path && !(linux.uidMappings?.length && linux.gidMappings?.length)) {
    problems.push('linux.uidMappings and gidMappings: a new user namespace needs both');
  }
  if (spec.hostname && !own.has('uts'))
    problems.push('hostname: needs a uts namespace, else the host would be renamed');
  if (spec.domainname && !own.has('uts'))
    problems.push('domainname: needs a uts namespace, else the host would be renamed');
  for (const clock of Object.keys(linux.timeOffsets ?? {})) {
    if (clock !== 'monotonic' && clock !== 'boottime') {
      problems.push(`linux.timeOffsets: expected monotonic or boottime, found "${clock}"`);
    }
  }
  if (
    Object.keys(linux.timeOffsets ?? {}).length > 0 &&
    !linux.namespaces?.some((ns) => ns.type === 'time' && !ns.path)
  ) {
    problems.push('linux.timeOffsets: need a new time namespace');
  }
  if (Object.keys(linux.netDevices ?? {}).length > 0 && !own.has('network')) {
    problems.push('linux.netDevices: need a network namespace');
  }
  return problems;
}

/** What may be mounted over inside /proc: counters that a container may be shown its own values of. */
const OVER_PROC = [
  'cpuinfo',
  'diskstats',
  'meminfo',
  'stat',
  'swaps',
  'uptime',
  'loadavg',
  'slabinfo',
  'sys/kernel/ns_last_pid',
  'sys/crypto/fips_enabled',
  'net/dev',
].map((name) => `/proc/${name}`);

function mountProblems(mount: Mount, path: string, linux: Linux): string[] {
  const problems: string[] = [];
  const destination = `/${mount.destination
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
  if (destination.split('/').includes('..'))
    problems.push(`${path}.destination: ".." is not allowed, found "${mount.destination}"`);
  if (destination.startsWith('/proc/') && !OVER_PROC.includes(destination)) {
    problems.push(`${path}.destination: nothing may be mounted inside /proc, found "${mount.destination}"`);
  }
  if (isBind(mount) && !mount.source) problems.push(`${path}.source: a bind mount needs one`);
  if (!isBind(mount) && !mount.type && !mount.options?.includes('remount')) problems.push(`${path}.type: is required`);
  if ((mount.uidMappings === undefined) !== (mount.gidMappings === undefined)) {
    problems.push(`${path}: uidMappings and gidMappings go together`);
  }
  const idmap = mount.options?.some((option) => option === 'idmap' || option === 'ridmap');
  if (idmap && !mount.uidMappings && !linux.namespaces?.some((ns) => ns.type === 'user')) {
    problems.push(`${path}: idmap needs mappings of its own, or a user namespace of the container`);
  }
  if ((idmap || mount.uidMappings) && !isBind(mount)) problems.push(`${path}: only bind mounts can be id-mapped`);
  return problems;
}

function deviceProblems(linux: Linux): string[] {
  return (linux.devices ?? []).flatMap((device, i) =>
    device.type !== 'p' && (device.major === undefined || device.minor === undefined)
      ? [`linux.devices[${i}]: a node of type ${device.type} needs major and minor`]
      : [],
  );
}
