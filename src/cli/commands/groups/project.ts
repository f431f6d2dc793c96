import type { CommandEntry } from '../../command.ts';

/** What is done to a project: build, test, push as a pipeline, release. */
export const PROJECT: readonly CommandEntry[] = [
  {
    name: 'build',
    summary: 'Build an image from a Dockerfile',
    aliases: ['buildx build', 'image build', 'builder build'],
    group: 'Commands',
    load: () => import('../build.ts'),
  },
  {
    name: 'ci',
    summary: 'Run the pipeline of containerize.yml: build, test, push, release',
    group: 'Commands',
    load: () => import('../ci.ts'),
  },
  {
    name: 'test',
    summary: 'Test an image: commands in fresh containers, stages that must build, image checks',
    group: 'Commands',
    load: () => import('../test.ts'),
  },
  {
    name: 'init',
    summary: 'Write a first containerize.yml and a workflow, after a look at this repository',
    group: 'Commands',
    unprivileged: true,
    load: () => import('../init.ts'),
  },
  {
    name: 'inspect',
    summary: 'Show everything about containers, images and volumes',
    group: 'Commands',
    load: () => import('../inspect.ts'),
  },
];
