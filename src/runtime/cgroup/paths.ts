import { posix } from 'node:path';
import { RuntimeError } from '../error.ts';
import { type CgroupHost, type Hierarchy, readOwn } from './host.ts';

/** The folders of one container's cgroup: one in the cgroup2 tree, one a v1 hierarchy. Plain data, so that it can be kept. */
export interface CgroupPaths {
  unified?: string;
  /** By controller. */
  v1: Record<string, string>;
}

/** Every folder once. */
export function cgroupFolders(paths: CgroupPaths): string[] {
  return [...new Set([...Object.values(paths.v1), ...(paths.unified === undefined ? [] : [paths.unified])])];
}

/** The folder that controls `controller`: v1's where that has it, else the cgroup2 one. */
export function controllerFolder(host: CgroupHost, paths: CgroupPaths, controller: string): string | undefined {
  const v1 = paths.v1[controller];
  if (v1 !== undefined) return v1;
  return host.unified?.controllers.has(controller) ? paths.unified : undefined;
}

/**
 * `linux.cgroupsPath` → folders. An absolute path counts from the tree's root, a relative one from our own cgroup.
 * `controllers` limits the v1 hierarchies that are used; those without a controller are called `name=systemd`.
 */
export function cgroupPaths(
  host: CgroupHost,
  path: string,
  controllers: (name: string) => boolean,
  unified = true,
): CgroupPaths {
  if (/^[^/]+:[^/]*:[^/]+$/.test(path)) {
    throw new RuntimeError('unsupported', `linux.cgroupsPath "${path}" is in systemd's form, which is not done here`, {
      hint: 'give a path, such as /parent/container (podman: --cgroup-manager=cgroupfs, dockerd: native.cgroupdriver=cgroupfs)',
    });
  }
  if (path.split('/').includes('..')) {
    throw new RuntimeError('spec-invalid', `linux.cgroupsPath: ".." is not allowed, got "${path}"`);
  }
  const normal = posix.normalize(path).replace(/\/$/, '');
  if (normal === '' || normal === '.') {
    throw new RuntimeError('spec-invalid', `linux.cgroupsPath: a container cannot have the root cgroup, got "${path}"`);
  }
  const inside = (hierarchy: Hierarchy): string =>
    posix.join(hierarchy.folder, normal.startsWith('/') ? '/' : hierarchy.own, normal);
  const v1: Record<string, string> = {};
  for (const [name, hierarchy] of host.v1) {
    if (controllers(name)) v1[name] = inside(hierarchy);
  }
  return { v1, ...(unified && host.unified !== undefined && { unified: inside(host.unified) }) };
}

/** Where a running process is now. Hierarchies in which it is where we are (or in the root) are left out: those are not its own. */
export async function cgroupPathsOf(host: CgroupHost, pid: number): Promise<CgroupPaths> {
  const own = await readOwn(pid);
  const v1: Record<string, string> = {};
  const folder = (hierarchy: Hierarchy, path: string | undefined): string | undefined =>
    path === undefined ||
    path === '/' ||
    path === hierarchy.own ||
    path.startsWith('/..') ||
    path.endsWith(' (deleted)')
      ? undefined
      : posix.join(hierarchy.folder, path);
  for (const [name, hierarchy] of host.v1) {
    const found = folder(hierarchy, own.get(name));
    if (found !== undefined) v1[name] = found;
  }
  const unified = host.unified && folder(host.unified, own.get(''));
  return { v1, ...(unified !== undefined && { unified }) };
}
