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
];
