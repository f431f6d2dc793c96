import type { CommandEntry } from '../../command.ts';

/** What help does not list: docker’s older spellings, and what doors start. */
export const HIDDEN: readonly CommandEntry[] = [
  {
    name: 'supervise',
    summary: 'Check the health of a container until it ends (started by containerize itself)',
    hidden: true,
    load: () => import('../supervise.ts'),
  },
  {
    name: 'pipeline-run',
    summary: 'Carry out a job that comes as JSON on standard input (started by containerize itself)',
    hidden: true,
    load: () => import('../pipeline-run.ts'),
  },
  {
    name: 'actions-cache',
    summary: 'Speak to GitHub’s cache service (started by containerize itself)',
    hidden: true,
    unprivileged: true,
    load: () => import('../actions-cache.ts'),
  },
];
