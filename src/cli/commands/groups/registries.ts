import type { CommandEntry } from '../../command.ts';

/** Registries. */
export const REGISTRIES: readonly CommandEntry[] = [
  {
    name: 'pull',
    summary: 'Bring an image from a registry into the store',
    aliases: ['image pull'],
    group: 'Registries',
    load: () => import('../pull.ts'),
  },
  {
    name: 'push',
    summary: 'Send an image of the store to its registry',
    aliases: ['image push'],
    group: 'Registries',
    load: () => import('../push.ts'),
  },
  {
    name: 'login',
    summary: 'Log in to a registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../login.ts'),
  },
  {
    name: 'logout',
    summary: 'Log out from a registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../logout.ts'),
  },
  {
    name: 'search',
    summary: 'Search Docker Hub, or the catalog of another registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../search.ts'),
  },
  {
    name: 'registry serve',
    summary: 'Run a registry in this process: push to it, pull from it',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../registry-serve.ts'),
  },
  {
    name: 'metadata',
    summary: 'Show the tags and labels that rules give for this commit or event',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../metadata.ts'),
  },
  {
    name: 'plan',
    summary: 'Show the matrix of native runners for the platforms of an image',
    group: 'Registries',
    unprivileged: true,
    load: () => import('../plan.ts'),
  },
  {
    name: 'merge',
    summary: 'Make one index of images that were pushed by digest, a platform each',
    group: 'Registries',
    load: () => import('../merge.ts'),
  },
  {
    name: 'release',
    summary: 'Make a channel (a tag such as production) name an image that was pushed',
    group: 'Registries',
    load: () => import('../release.ts'),
  },
  {
    name: 'promote',
    summary: 'Make one channel name what another one names, also across registries',
    group: 'Registries',
    load: () => import('../promote.ts'),
  },
  {
    name: 'rollback',
    summary: 'Make a channel name an earlier image again; nothing is built',
    group: 'Registries',
    load: () => import('../rollback.ts'),
  },
  {
    name: 'releases',
    summary: 'Show what a channel named when, the newest first',
    group: 'Registries',
    load: () => import('../releases.ts'),
  },
];
