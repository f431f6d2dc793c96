import { accessSync, constants } from 'node:fs';
import { chown, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { RuntimeError } from '../error.ts';
import type { HelperRecord } from '../helper.ts';
import type { IdMapping, Spec } from '../spec.ts';
import type { Resources } from '../spec-linux.ts';
import { enableControllers, makeFolders } from './controllers.ts';
import { deviceProgram } from './device-program.ts';
import type { CgroupHost } from './host.ts';
import { type CgroupPaths, cgroupFolders, cgroupPaths, controllerFolder } from './paths.ts';
import type { CgroupWrite, OnWarning } from './writes.ts';
import { writesV1 } from './writes-v1.ts';
import { writesV2 } from './writes-v2.ts';

export interface CgroupRequest {
  /** As linux.cgroupsPath. */
  path: string;
  resources?: Resources | undefined;
  /** A limit that cannot be set is an error instead of a warning. */
  strict: boolean;
  /** `all`: every controller that the machine has, as other runtimes do; `needed`: those with limits, and those that count. */
  controllers: 'all' | 'needed';
  /** Device rules need the init user namespace's rights. */
  userNamespace: boolean;
  /** Whose the container's part of a cgroup2 tree shall be: the root of its user namespace, when it may write there. */
  owner?: { uid: number; gid: number } | undefined;
  onWarning: OnWarning;
}

/** What the helper is told, and where the container's cgroup then is. */
export interface CgroupPlan {
  /** Absent when there is no cgroup that we may write. */
  paths?: CgroupPaths;
  records: HelperRecord[];
}

/** Controllers that tell what was used. */
const COUNTING = ['memory', 'cpuacct', 'pids'];

/** Makes the plan. In a cgroup2 tree it also switches the controllers on that the container's limits need. */
export async function planCgroup(host: CgroupHost, request: CgroupRequest): Promise<CgroupPlan> {
  const resources = request.resources ?? {};
  const writes = wantedWrites(host, resources, request.onWarning);
  const limited = new Set(writes.map((write) => write.controller));
  // Freezing and killing work through the cgroup2 tree where there is one.
  const counting = host.unified === undefined ? [...COUNTING, 'freezer'] : COUNTING;
  const wanted = (name: string): boolean =>
    request.controllers === 'all' || limited.has(name) || counting.includes(name);
  const paths = cgroupPaths(host, request.path, wanted);
  const dropped = dropUnwritable(paths);
  const none = cgroupFolders(paths).length === 0;
  if (none) {
    for (const controller of limited)
      if (controller !== 'devices')
        refuse(request, controller, dropped ? 'no cgroup here may be written' : 'there are no cgroups here');
    return { records: [] };
  }
  const made: string[] = [];
  if (host.unified !== undefined && paths.unified !== undefined) {
    const all = request.controllers === 'all' ? [...host.unified.controllers] : [...limited, ...COUNTING];
    const controllers = all.filter((name) => host.unified!.controllers.has(name));
    if (controllers.length > 0) {
      made.push(...(await makeFolders(host.unified.folder, paths.unified)));
      await enableControllers(host.unified.folder, paths.unified, controllers);
    }
  }
  if (request.owner !== undefined && paths.unified !== undefined && host.mode === 'v2')
    await delegate(paths.unified, request.owner);
  const records: HelperRecord[] = cgroupFolders(paths).map((folder) => ['cgroup-dir', folder]);
  for (const folder of made) records.push(['cgroup-made', folder]);
  records.push(...(await inheritCpuset(paths, resources)));
  for (const write of writes) {
    const folder = controllerFolder(host, paths, write.controller);
    if (folder !== undefined) {
      if (write.controller === 'devices' && request.userNamespace) continue;
      records.push(['cgroup-write', join(folder, write.file), write.value, ...(write.optional ? ['optional'] : [])]);
    } else if (write.controller !== 'devices' && !write.optional) {
      refuse(request, write.controller, `the controller ${write.controller} is not there`);
    }
  }
  if (
    paths.unified !== undefined &&
    paths.v1.devices === undefined &&
    !request.userNamespace &&
    !host.v1.has('devices')
  ) {
    records.push(['cgroup-devices', paths.unified, deviceProgram(resources.devices)]);
  }
  for (const folder of cgroupFolders(paths)) records.push(['cgroup-join', join(folder, 'cgroup.procs')]);
  records.push(...countingRecords(host, paths));
  return { paths, records };
}

/** Gives a cgroup to a user: the folder and what the kernel names as safe to give away. Its limits stay ours. */
async function delegate(folder: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chown(folder, uid, gid);
  const listed = await readFile('/sys/kernel/cgroup/delegate', 'utf8').catch(() => '');
  const names = listed.split('\n').filter(Boolean);
  for (const name of names.length > 0 ? names : ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads']) {
    await chown(join(folder, name), uid, gid).catch((error) => {
      // the list is of all kernels' controllers
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}

/** As the specification has it: who gets a cgroup namespace, a user namespace and a writable mount owns his cgroup. */
export function cgroupOwner(spec: Spec): { uid: number; gid: number } | undefined {
  const has = (type: string): boolean =>
    spec.linux?.namespaces?.some((ns) => ns.type === type && ns.path === undefined) ?? false;
  const mount = spec.mounts?.find(({ type }) => type === 'cgroup' || type === 'cgroup2');
  if (!has('user') || !has('cgroup') || mount === undefined || mount.options?.includes('ro')) return undefined;
  const root = (maps: readonly IdMapping[] | undefined): number | undefined => {
    const map = maps?.find(({ containerID, size }) => containerID === 0 && size > 0);
    return map?.hostID;
  };
  const [uid, gid] = [root(spec.linux?.uidMappings), root(spec.linux?.gidMappings)];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** v1's and v2's writes for one machine: v1's for controllers that are mounted there, v2's for the rest. */
export function wantedWrites(host: CgroupHost, resources: Resources, warn: OnWarning): CgroupWrite[] {
  if (host.mode === 'v2' || host.mode === 'none') return writesV2(resources, warn);
  if (host.mode === 'v1') return writesV1(resources, warn);
  const v1 = writesV1(resources, warn).filter((write) => host.v1.has(write.controller));
  const v2 = writesV2(resources, () => {}).filter((write) => !host.v1.has(v1Name(write.controller)));
  return [...v1, ...v2];
}

function v1Name(controller: string): string {
  return controller === 'io' ? 'blkio' : controller;
}

function refuse(request: CgroupRequest, controller: string, why: string): void {
  const message = `the ${controller} limit cannot be set: ${why}`;
  if (request.strict)
    throw new RuntimeError('limit-impossible', message, { hint: 'run as root, or without this limit' });
  request.onWarning(message);
}

/** Takes folders away that we may not make. True when something was taken. */
function dropUnwritable(paths: CgroupPaths): boolean {
  const checked = new Map<string, boolean>();
  const ok = (folder: string): boolean => {
    let answer = checked.get(folder);
    if (answer === undefined) {
      answer = mayMake(folder);
      checked.set(folder, answer);
    }
    return answer;
  };
  let dropped = false;
  for (const [name, folder] of Object.entries(paths.v1)) {
    if (ok(folder)) continue;
    delete paths.v1[name];
    dropped = true;
  }
  if (paths.unified !== undefined && !ok(paths.unified)) {
    delete paths.unified;
    dropped = true;
  }
  return dropped;
}

/** Root's own powers are no proof in a user namespace: the nearest folder that is there must let us write. */
function mayMake(folder: string): boolean {
  for (let place = folder; place.length > 1; place = dirname(place)) {
    try {
      accessSync(place, constants.W_OK);
      if (place !== folder) accessSync(join(place, 'cgroup.procs'), constants.W_OK);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return false;
    }
  }
  return false;
}

/** A new v1 cpuset is empty and takes no process: each new folder gets what the nearest one above has. */
async function inheritCpuset(paths: CgroupPaths, resources: Resources): Promise<HelperRecord[]> {
  const folder = paths.v1.cpuset;
  if (folder === undefined) return [];
  const made: string[] = [folder];
  let above = dirname(folder);
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(above, name), 'utf8').then(
      (text) => text.trim() || undefined,
      () => undefined,
    );
  let [cpus, mems] = await Promise.all([read('cpuset.cpus'), read('cpuset.mems')]);
  while ((cpus === undefined || mems === undefined) && above.length > 1) {
    made.unshift(above);
    above = dirname(above);
    [cpus, mems] = await Promise.all([read('cpuset.cpus'), read('cpuset.mems')]);
  }
  const records: HelperRecord[] = [];
  for (const place of made) {
    const own = place === folder;
    if (cpus !== undefined && !(own && resources.cpu?.cpus))
      records.push(['cgroup-write', join(place, 'cpuset.cpus'), cpus]);
    if (mems !== undefined && !(own && resources.cpu?.mems))
      records.push(['cgroup-write', join(place, 'cpuset.mems'), mems]);
  }
  return records;
}

function countingRecords(host: CgroupHost, paths: CgroupPaths): HelperRecord[] {
  const records: HelperRecord[] = [];
  const { v1, unified } = paths;
  if (v1.memory !== undefined) {
    records.push(['cgroup-stats', 'memory-peak', join(v1.memory, 'memory.max_usage_in_bytes')]);
    records.push(['cgroup-stats', 'oom-v1', join(v1.memory, 'memory.oom_control')]);
  } else if (unified !== undefined && host.unified?.controllers.has('memory')) {
    records.push(['cgroup-stats', 'memory-peak', join(unified, 'memory.peak')]);
    records.push(['cgroup-stats', 'oom-v2', join(unified, 'memory.events')]);
  }
  if (v1.cpuacct !== undefined) records.push(['cgroup-stats', 'cpu-nsec', join(v1.cpuacct, 'cpuacct.usage')]);
  else if (unified !== undefined && host.mode === 'v2')
    records.push(['cgroup-stats', 'cpu-usec', join(unified, 'cpu.stat')]);
  return records;
}
