import type { Command } from '../command.ts';

/** A command's name and summary, known without loading its code: help, completion and dispatch start fast. */
export interface CommandEntry {
  /** Words after `containerize`. */
  name: string;
  summary: string;
  /** Other spellings: docker's `container run`, `image ls`. */
  aliases?: readonly string[];
  group?: 'Commands' | 'Images' | 'Containers' | 'Registries' | 'System';
  hidden?: boolean;
  /** Works for anybody: no namespaces, no files of root's. The privilege ladder is left alone. */
  unprivileged?: boolean;
  load(): Promise<{ command: Command }>;
}

/** Every command, in the order of the help text. One line each: add yours here. */
export const ENTRIES: readonly CommandEntry[] = [
  {
    name: 'version',
    summary: 'Show the versions of containerize and of what it runs on',
    group: 'System',
    unprivileged: true,
    load: () => import('./version.ts'),
  },
  {
    name: 'pull',
    summary: 'Bring an image from a registry into the store',
    aliases: ['image pull'],
    group: 'Registries',
    load: () => import('./pull.ts'),
  },
  {
    name: 'push',
    summary: 'Send an image of the store to its registry',
    aliases: ['image push'],
    group: 'Registries',
    load: () => import('./push.ts'),
  },
  {
    name: 'login',
    summary: 'Log in to a registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('./login.ts'),
  },
  {
    name: 'logout',
    summary: 'Log out from a registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('./logout.ts'),
  },
  {
    name: 'search',
    summary: 'Search Docker Hub, or the catalog of another registry',
    group: 'Registries',
    unprivileged: true,
    load: () => import('./search.ts'),
  },
  {
    name: 'registry serve',
    summary: 'Run a registry in this process: push to it, pull from it',
    group: 'Registries',
    unprivileged: true,
    load: () => import('./registry-serve.ts'),
  },
];
