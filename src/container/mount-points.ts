import { mkdir, stat } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import type { Mount } from '../runtime/spec.ts';
import { ContainerError } from './container-error.ts';
import type { MountRequest } from './mount-request.ts';
import type { MountPoint } from './record.ts';
import type { Volumes } from './volumes.ts';

/** A volume that was made just now and is empty: the image's content goes into it. */
export type NewVolumes = { name: string; path: string; destination: string }[];

/**
 * Turns requests into mount points: makes volumes, checks (and for `-v` makes) sources of binds, adds a volume without
 * name for each VOLUME of the image that nothing else covers. A later request for one place replaces an earlier one.
 */
export async function resolveMounts(
  volumes: Volumes,
  requests: readonly MountRequest[],
  inherited: readonly MountPoint[],
  imageVolumes: readonly string[],
): Promise<{ mounts: MountPoint[]; toFill: NewVolumes }> {
  const byPlace = new Map<string, MountPoint>(inherited.map((mount) => [mount.destination, mount]));
  const toFill: NewVolumes = [];
  const seen = new Set<string>();
  for (const request of requests) {
    if (seen.has(request.destination)) {
      throw new ContainerError('invalid-option', `two mounts for one place in the container: ${request.destination}`);
    }
    seen.add(request.destination);
  }
  const declared = imageVolumes
    .filter((path) => path.startsWith('/') && !seen.has(path) && !byPlace.has(path))
    .map((destination): MountRequest => ({ type: 'volume', source: '', destination, readOnly: false }));
  for (const request of [...requests, ...declared]) {
    byPlace.set(request.destination, await resolveMount(volumes, request, toFill));
  }
  return { mounts: [...byPlace.values()], toFill };
}

async function resolveMount(volumes: Volumes, request: MountRequest, toFill: NewVolumes): Promise<MountPoint> {
  const common = {
    destination: request.destination,
    readOnly: request.readOnly,
    ...(request.propagation === undefined ? {} : { propagation: request.propagation }),
  };
  if (request.type === 'tmpfs') {
    return { type: 'tmpfs', source: '', ...common, options: ['nosuid', 'nodev', 'noexec', ...(request.options ?? [])] };
  }
  if (request.type === 'bind') {
    await checkSource(request);
    return { type: 'bind', source: request.source, ...common, options: request.nonRecursive ? ['bind'] : ['rbind'] };
  }
  const volume = await volumes.ensure(
    request.source === '' ? undefined : request.source,
    request.labels === undefined ? {} : { labels: request.labels },
  );
  if (!request.noCopy && (await volumes.isEmpty(volume))) {
    toFill.push({ name: volume.name, path: volume.path, destination: request.destination });
  }
  return {
    type: 'volume',
    name: volume.name,
    source: request.subpath === undefined ? volume.path : join(volume.path, checkSubpath(request.subpath)),
    ...(request.subpath === undefined ? {} : { beneath: volume.path }),
    ...common,
    options: ['rbind'],
    ...(volume.anonymous ? { anonymous: true } : {}),
  };
}

async function checkSource(request: MountRequest): Promise<void> {
  try {
    await stat(request.source);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (!request.createSource) {
      throw new ContainerError('no-such-path', `bind: there is no ${request.source} on this machine`, {
        hint: 'make it first, or use -v, which makes a folder',
      });
    }
    await mkdir(request.source, { recursive: true });
  }
}

function checkSubpath(path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw new ContainerError(
      'invalid-option',
      `volume-subpath: expected a relative path inside the volume, found "${path}"`,
    );
  }
  return path;
}

/** The mounts as the runtime specification says them. */
export function specMounts(mounts: readonly MountPoint[]): Mount[] {
  return mounts.map((mount) => {
    if (mount.type === 'tmpfs') {
      const options = mount.readOnly && !mount.options.includes('ro') ? [...mount.options, 'ro'] : mount.options;
      return { destination: mount.destination, type: 'tmpfs', source: 'tmpfs', options: [...options] };
    }
    const access = mount.readOnly ? [hasRecursiveReadOnly() ? 'rro' : 'ro'] : ['rw'];
    return {
      destination: mount.destination,
      type: 'bind',
      source: mount.source,
      ...(mount.beneath === undefined ? {} : { sourceBeneath: mount.beneath }),
      options: [...mount.options, ...access, mount.propagation ?? 'rprivate'],
    };
  });
}

/** mount_setattr came with Linux 5.12; before it only the top mount can be made read-only. */
function hasRecursiveReadOnly(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 12);
}
