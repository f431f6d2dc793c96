import type { CommandEntry } from '../../command.ts';

/** The machine and this program. */
export const SYSTEM: readonly CommandEntry[] = [
  {
    name: 'version',
    summary: 'Show the versions of containerize and of what it runs on',
    group: 'System',
    unprivileged: true,
    load: () => import('../version.ts'),
  },
  {
    name: 'system info',
    summary: 'Show what this machine and this store have',
    aliases: ['info'],
    group: 'System',
    load: () => import('../system-info.ts'),
  },
  {
    name: 'system df',
    summary: 'Show what takes space on the disk, and what could be freed',
    group: 'System',
    load: () => import('../system-df.ts'),
  },
  {
    name: 'system prune',
    summary: 'Remove what nobody uses: containers, images, build cache',
    group: 'System',
    load: () => import('../system-prune.ts'),
  },
  {
    name: 'builder prune',
    summary: 'Remove build cache',
    aliases: ['buildx prune'],
    group: 'System',
    load: () => import('../builder-prune.ts'),
  },
  {
    name: 'oci',
    summary: 'Work as an OCI runtime: for podman, docker and containerd',
    group: 'System',
    unprivileged: true,
    load: () => import('../oci/index.ts'),
  },
];
