import type { Shape } from './shape.ts';

const text = (description: string, more: { pattern?: string; expected?: string; nothing?: boolean } = {}): Shape => ({
  kind: 'text',
  description,
  ...more,
});
const list = (description: string, item: Shape): Shape => ({ kind: 'list', description, item });
const either = (description: string, ...of: Shape[]): Shape => ({ kind: 'either', description, of });
const one = (description: string, item: string): Shape =>
  either(description, text(item), list(description, text(item)));

const pairs = (description: string): Shape =>
  either(
    description,
    {
      kind: 'map',
      description,
      value: text('The value; without one, that of the variable of this name', { nothing: true }),
    },
    list(description, text('KEY=VALUE')),
  );

const duration = (description: string): Shape =>
  either(
    description,
    { kind: 'number', description: 'Seconds', min: 1, max: 86_400 },
    text('A number with s, m or h', {
      pattern: '^[0-9]+(s|m|h)$',
      expected: 'seconds, or a time such as 90s, 5m or 1h',
    }),
  );

const secret: Shape = {
  kind: 'object',
  description: 'Where a secret comes from: one of the two',
  keys: {
    file: text('Path of a file that holds it'),
    environment: text('Variable that holds it'),
  },
};

const build: Shape = either('How the image is built', text('The folder with the Dockerfile'), {
  kind: 'object',
  description: 'How the image is built, in the words of Compose',
  keys: {
    context: text('Folder of the build context, from this file; default: this folder'),
    dockerfile: text('The Dockerfile, from the context; default: Dockerfile'),
    target: text('Stage to build; default: the last one'),
    args: pairs('Values for ARG'),
    additional_contexts: pairs(
      'More contexts: a folder, docker-image://NAME, oci-layout://FOLDER, or image:NAME, another one of images',
    ),
    platforms: one('What to build for; default: this machine', 'linux/amd64, linux/arm64, …'),
    secrets: { kind: 'map', description: 'Secrets for RUN --mount=type=secret, by id', value: secret },
    ssh: one('Agents for RUN --mount=type=ssh', 'default, or ID=SOCKET'),
    cache_from: list('Look for cached steps there as well', text('As --cache-from, such as type=registry,ref=NAME')),
    cache_to: list('Keep the steps of this build there', text('As --cache-to, such as type=registry,ref=NAME')),
    network: { kind: 'choice', description: 'Network of RUN steps', of: ['default', 'none', 'host'] },
    no_cache: { kind: 'flag', description: 'Execute every step' },
    pull: { kind: 'flag', description: 'Ask the registry for every base image' },
    shm_size: text('Size of /dev/shm in RUN steps, such as 64m'),
    extra_hosts: list('Entries of /etc/hosts in RUN steps', text('NAME:ADDRESS')),
  },
});

const tests = list(
  'What must succeed in the image before it is pushed; each in a fresh container',
  either('A command for a shell, or a test with settings', text('A command for a shell'), {
    kind: 'object',
    description: 'A test with settings: run, target or checks say what is tested',
    keys: {
      name: text('What the test is called; default: the first line of its command'),
      run: text('The command; a shell of the image gets it'),
      target: text('A stage of the Dockerfile: it must build, or with run or checks, it is what they are about'),
      checks: text('File with image checks of container-structure-test, from this file'),
      environment: pairs('Variables of the container'),
      working_dir: text('Working directory in the container'),
      user: text('User and group in the container'),
      network: { kind: 'choice', description: 'Network of the container; default: none', of: ['none', 'host'] },
      mem_limit: text('Memory limit, such as 512m'),
      cpus: { kind: 'number', description: 'Number of processors, such as 1.5', min: 0.01, max: 4096 },
      pids_limit: { kind: 'number', description: 'Number of processes', min: 1, max: 4_194_304, integer: true },
      timeout: duration('How long it may take; default: 10 minutes'),
      retries: { kind: 'number', description: 'Attempts after the first', min: 0, max: 10, integer: true },
      reports: list(
        'Files that are copied out of the container, however the test ends; JUnit is read',
        either('A path, or one with settings', text('File, folder or pattern in the container'), {
          kind: 'object',
          description: 'A path with settings',
          required: ['path'],
          keys: {
            path: text('File, folder or pattern in the container'),
            required: { kind: 'flag', description: 'The test fails when it is not there' },
          },
        }),
      ),
    },
  }),
);

const deploy = list(
  'What makes it effective, in this order, once the tags are moved',
  either(
    'A command, or one of compose and kubectl',
    text(
      'A command for a shell of this machine; $$CONTAINERIZE_IMAGE (two $: this file fills in one) is the image by digest',
    ),
    {
      kind: 'object',
      description: 'One of the two',
      keys: {
        compose: {
          kind: 'object',
          description: 'Start a service of a Compose project with the image by digest',
          required: ['service'],
          keys: {
            service: text('The service'),
            file: text('The Compose file, from this file; default: compose.yml'),
            project: text('The project, when it is not called as its folder'),
          },
        },
        kubectl: {
          kind: 'object',
          description: 'kubectl set image, then rollout status',
          required: ['workload'],
          keys: {
            workload: text('Such as deployment/app'),
            container: text('The container in it; default: all'),
            namespace: text('Its namespace'),
            context: text('Context of kubeconfig'),
            timeout: text('How long the rollout may take; default: 5m'),
          },
        },
      },
    },
  ),
);

const release = list('Channels that get the image once it is pushed', {
  kind: 'object',
  description: 'A channel',
  required: ['channel'],
  keys: {
    channel: text('The tag that says what is live, such as production'),
    when: {
      kind: 'choice',
      description:
        'For which runs: those of the default branch (as it is without this key), those of tags, or all that push',
      of: ['default-branch', 'tag', 'push'],
    },
    smoke: one('What must succeed in the image first', 'A command for a shell of the image'),
    checks: one(
      'Image checks that it must pass first',
      'File in the language of container-structure-test, from this file',
    ),
    force: { kind: 'flag', description: 'Also when the channel is held or at a higher version' },
    environment: text('GitHub environment that a deployment is noted for (with a token)'),
    deploy,
    deploy_undo: { kind: 'flag', description: 'Go back, tags and deployments, when deploying fails' },
  },
});

const naming: Readonly<Record<string, Shape>> = {
  tags: list(
    'Rules of docker/metadata-action; default: branch, tag, pull request',
    text('A rule, such as type=semver,pattern={{version}}'),
  ),
  flavor: list('Settings for all rules', text('latest=auto, prefix=…, suffix=…')),
  labels: pairs('Labels of the image beside those that tell its source'),
  annotations: pairs('Annotations of the manifest'),
  push: either(
    'Whether to push',
    { kind: 'flag', description: 'Always (but never for a pull request from a fork), or never' },
    { kind: 'choice', description: 'In CI, on the default branch and for tags: the default', of: ['auto'] },
  ),
};

const changed: Shape = either(
  'Build only when something changed since the base commit; default: always',
  {
    kind: 'choice',
    description: 'What the image is made of: its context, Dockerfile, more contexts and checks, and this file',
    of: ['auto'],
  },
  list(
    'Paths that the image is made of, from this file, in the patterns of .dockerignore; this file counts always',
    text('A path or a pattern, such as services/api or **/*.go; one that begins with ! takes back'),
  ),
);

const oneImage: Readonly<Record<string, Shape>> = {
  image: one(
    'Repositories of the image; default: the package of the repository, or the name of the folder',
    'A name without a tag, such as ghcr.io/owner/app',
  ),
  build,
  tests,
  ...naming,
  release,
  changed,
};

/** The whole file. */
export const SCHEMA: Shape = {
  kind: 'object',
  description: 'A pipeline: build, test, push and release images.',
  keys: {
    name: text('What the pipeline is called'),
    ...oneImage,
    images: {
      kind: 'map',
      description: 'Several images in one repository, instead of image, build, tests and release beside it',
      key: '^[a-z0-9][a-z0-9._-]*$',
      value: {
        kind: 'object',
        description: 'One image',
        keys: {
          ...oneImage,
          depends_on: one('Images of this file that are built and tested before this one', 'A name in images'),
        },
      },
    },
  },
};
