import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ACTION } from '../../../src/cli/init/action.ts';
import { configText } from '../../../src/cli/init/config-text.ts';
import { type Proposal, propose } from '../../../src/cli/init/propose.ts';
import { workflowText } from '../../../src/cli/init/workflow-text.ts';
import { loadConfig, type PipelineConfig } from '../../../src/pipeline/config/config.ts';
import { planImage } from '../../../src/pipeline/plan/images.ts';
import type { RepositoryContext } from '../../../src/release/tags/context.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const scratch = await scratchFolder('propose');
const PROJECT = join(import.meta.dirname, '../../..');
const repository: RepositoryContext = {
  provider: 'git',
  event: 'push',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  repository: { owner: 'Octo', name: 'Shop', defaultBranch: 'trunk' },
};

interface Written extends Proposal {
  config: PipelineConfig;
  text: string;
  file: {
    on: { push: { branches: string[] } };
    permissions: object;
    jobs: { image: { 'runs-on': string; steps: { uses: string; with?: Record<string, string> }[] } };
  };
}

/** What init makes of these files: it must be what containerize.yml and the Action take. */
async function look(files: Record<string, string>, env: Record<string, string> = {}): Promise<Written> {
  const folder = await mkdtemp(join(scratch, 'r-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const proposal = await propose(folder, repository);
  const text = configText(proposal.images, proposal.notes);
  const config = loadConfig(text, 'containerize.yml', env);
  for (const image of config.images) planImage(image, repository, { folder, now: new Date() });
  const file = parse(workflowText(proposal.workflow, proposal.images)) as Written['file'];
  const { inputs } = parse(await readFile(join(PROJECT, 'action.yml'), 'utf8')) as { inputs: object };
  const step = file.jobs.image.steps.at(-1)!;
  expect(step.uses).toBe(ACTION);
  for (const name of Object.keys(step.with ?? {})) expect(Object.keys(inputs)).toContain(name);
  return { ...proposal, config, text, file };
}

const NODE = 'FROM node:24 AS build\nCOPY . .\nRUN npm ci\nFROM node:24-slim\nCOPY --from=build /app /app\n';
const workflow = (steps: string, more = ''): string =>
  `on: {push: {branches: [main]}}\nenv: {REGISTRY: ghcr.io, IMAGE_NAME: "\${{ github.repository }}"}\njobs:\n  build:\n    runs-on: ubuntu-22.04\n${more}    steps:\n${steps}`;

describe('init looks at Dockerfiles', () => {
  test('one: at the top, in a folder for it, in a service’s folder; variants for work are left aside', async () => {
    for (const [path, build] of [
      ['Dockerfile', { context: '.' }],
      ['Containerfile', { context: '.', dockerfile: 'Containerfile' }],
      ['docker/Dockerfile', { context: '.', dockerfile: 'docker/Dockerfile' }],
      ['app/Dockerfile', { context: 'app' }],
      ['docker/web.Dockerfile', { context: '.', dockerfile: 'docker/web.Dockerfile' }],
    ] as const) {
      const { config, notes } = await look({
        [path]: 'FROM busybox\n',
        'Dockerfile.dev': 'FROM busybox\n',
        'tests/Dockerfile': 'FROM busybox\n',
        'node_modules/x/Dockerfile': 'FROM busybox\n',
        '.hidden/Dockerfile': 'FROM busybox\n',
        'Dockerfile.dockerignore': '*\n',
      });
      expect(config.images).toMatchObject([{ build }]);
      expect(notes).toEqual(['not in the pipeline: Dockerfile.dev, tests/Dockerfile']);
    }
  });

  test('several: images with keys that differ', async () => {
    const { config, file } = await look({
      'services/api/Dockerfile': 'FROM busybox\n',
      'services/web/Dockerfile': 'FROM busybox\n',
      'other/web/Dockerfile': 'FROM busybox\n',
    });
    expect(config.images.map(({ key, build }) => [key, build.context])).toEqual([
      ['web', 'other/web'],
      ['api', 'services/api'],
      ['web-2', 'services/web'],
    ]);
    expect(config.images[0]!.tags).toContain('type=sha');
    expect(file.on.push.branches).toEqual(['trunk']);
  });

  test('one that cannot be read is in the pipeline, with a note', async () => {
    const { notes, images } = await look({ Dockerfile: 'FRMO x\n' });
    expect(images).toHaveLength(1);
    expect(notes[0]).toMatch(/Dockerfile cannot be read: .*FRMO/);
  });

  test('links are not followed', async () => {
    const folder = await mkdtemp(join(scratch, 'l-'));
    await symlink('/etc/passwd', join(folder, 'Dockerfile'));
    await symlink('/', join(folder, 'root'));
    expect((await propose(folder, repository)).images).toEqual([]);
  });
});

describe('init keeps what tests leave out of the next build', () => {
  test.each([
    [{}, ['.dockerignore'], []],
    [
      { '.dockerignore': '.git\n', '.gitignore': 'x\n' },
      [],
      ['add test-results/ to .gitignore', 'add test-results to .dockerignore'],
    ],
    [{ '.dockerignore': '# all\n*\n!src\n', '.gitignore': '/test-results/\n' }, [], []],
    [{ 'Dockerfile.dockerignore': 'test-*\n' }, [], []],
    [{ '.dockerignore': '[\n' }, [], ['add test-results to .dockerignore']],
  ])('%j', async (more, made, said) => {
    const { files, notes } = await look({ Dockerfile: 'FROM busybox\n', ...more });
    expect(files.map(([name]) => name)).toEqual(made);
    expect(notes.map((note) => note.split(':')[0])).toEqual(said);
  });
});

describe('init proposes tests', () => {
  test.each([
    ['npm test', { 'package.json': '{"scripts":{"test":"jest"}}' }, NODE, { target: 'build' }],
    ['yarn test', { 'package.json': '{"scripts":{"test":"jest"}}', 'yarn.lock': '' }, 'FROM node\nCOPY . .\n', {}],
    [
      'go test ./...',
      { 'go.mod': 'module x\n' },
      'FROM golang:1 AS b\nCOPY . .\nRUN --mount=type=cache,target=/c go build\nFROM scratch\nCOPY --from=b /x /x\n',
      { target: 'b', network: 'host' },
    ],
    ['python -m pytest', { 'pyproject.toml': '[project]\ndependencies=["pytest"]\n' }, 'FROM python:3\nCOPY . .\n', {}],
    [
      'python -m unittest discover',
      { 'requirements.txt': 'flask\n', 'tests/test_a.py': '' },
      'FROM python:3\nCOPY src/ tests/ ./\n',
      {},
    ],
    ['cargo test', { 'Cargo.toml': '' }, 'FROM rust AS base\nCOPY . .\nFROM base AS more\nRUN cargo build\n', {}],
    [
      './mvnw --batch-mode test',
      { 'pom.xml': '', mvnw: '' },
      'FROM maven:3 AS build\nCOPY . .\nFROM eclipse-temurin\n',
      { target: 'build' },
    ],
    ['gradle test', { 'build.gradle.kts': '' }, 'FROM gradle\nCOPY . .\n', {}],
    ['bundle exec rspec', { Gemfile: "gem 'rspec'\n" }, 'FROM ruby:3\nCOPY . .\n', {}],
  ])('%s', async (run, files, dockerfile, more) => {
    const { config } = await look({ ...files, Dockerfile: dockerfile });
    expect(config.images[0]!.tests).toMatchObject([{ run, ...more }]);
  });

  test('a stage that is called so counts more than what the files say', async () => {
    const { config } = await look({
      Dockerfile: 'FROM node AS test\nCOPY . .\nFROM node\n',
      'package.json': '{"scripts":{"test":"x"}}',
    });
    expect(config.images[0]!.tests).toMatchObject([{ target: 'test' }]);
  });

  test.each([
    ['FROM debian\nCOPY . .\n', 'the image needs the program and the sources'],
    ['FROM node\nCOPY . .\nRUN npm ci --omit=dev\n', 'what only tests need is not installed'],
    ['FROM node\nCOPY . .\nFROM debian\n', 'the image needs the program and the sources'],
  ])('what may not work in %j is a comment', async (dockerfile, why) => {
    const { config, text } = await look({ Dockerfile: dockerfile, 'package.json': '{"scripts":{"test":"jest"}}' });
    expect(config.images[0]!.tests).toEqual([]);
    expect(text).toMatch(new RegExp(`# package.json has it; ${why}[^\\n]*\\n#   - npm test\\n`));
  });

  test.each([
    '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}',
    '{not json',
    '{"scripts":{"test":7}}',
  ])('none of package.json %j', async (text) => {
    const { config } = await look({ Dockerfile: 'FROM node\nCOPY . .\n', 'package.json': text });
    expect(config.images[0]!.tests).toEqual([]);
  });
});

describe('init looks at Compose files', () => {
  test('services that are built: their contexts, targets, arguments and names', async () => {
    const { config } = await look({
      'compose.yaml': `x-args: &args {A: "1", B: }
services:
  db: {image: postgres}
  api:
    image: reg.example/api:dev
    build: {context: ./api, dockerfile: prod.Dockerfile, target: run, args: *args, additional_contexts: {base: "service:web"}}
  web: {build: ./web/}
  git: {build: https://github.com/x/y}
`,
      'api/prod.Dockerfile': 'FROM base AS run\n',
      'web/Dockerfile': 'FROM busybox\n',
      'more/Dockerfile': 'FROM busybox\n',
    });
    expect(config.images).toMatchObject([
      {
        key: 'api',
        repositories: ['reg.example/api'],
        build: { context: 'api', dockerfile: 'prod.Dockerfile', target: 'run', args: ['A=1', 'B'] },
        uses: [{ image: 'web', context: 'base' }],
      },
      { key: 'web', build: { context: 'web' } },
    ]);
  });

  test.each(['services: [', 'services: 7\n', '- a\n', 'a: &a [*a]\n'])(
    'one that is damaged is left out: %j',
    async (text) => {
      const { images } = await look({ 'compose.yml': text, Dockerfile: 'FROM busybox\n' });
      expect(images).toMatchObject([{ from: 'Dockerfile' }]);
    },
  );
});

describe('init carries workflows with the docker actions over', () => {
  const META = `      - uses: docker/login-action@v3
        with: {registry: "\${{ env.REGISTRY }}", username: "\${{ github.actor }}", password: "\${{ secrets.GITHUB_TOKEN }}"}
      - uses: docker/login-action@v3
        with: {username: "\${{ secrets.HUB_USER }}", password: "\${{ secrets.HUB_TOKEN }}"}
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            \${{ env.REGISTRY }}/\${{ env.IMAGE_NAME }}
            name=\${{ secrets.HUB_USER }}/app
          tags: |
            # semver first
            type=semver,pattern={{version}}
            type=raw,value=latest,enable=\${{ github.ref == format('refs/heads/{0}', github.event.repository.default_branch) }}
            type=raw,value=\${{ steps.other.outputs.value }}
          flavor: latest=false
          labels: |
            price=5$,or more
`;
  const BUILD = `      - uses: docker/build-push-action@v6
        with:
          context: .
          file: ./docker/Dockerfile
          platforms: linux/amd64,linux/arm64
          push: \${{ github.event_name != 'pull_request' }}
          tags: \${{ steps.meta.outputs.tags }}
          labels: \${{ steps.meta.outputs.labels }}
          build-args: |
            SHA=\${{ github.sha }}
            PRICE=$5, or {more}
          cache-from: type=gha
          cache-to: type=inline
          secrets: |
            npm_token=\${{ secrets.NPM_TOKEN }}
`;

  test('names, rules, platforms, arguments, caches, secrets and logins', async () => {
    const files = {
      'docker/Dockerfile': 'FROM busybox\n',
      '.github/workflows/ci.yml': workflow(`      - uses: docker/setup-qemu-action@v3\n${META}${BUILD}`),
    };
    const { config, file, notes } = await look(files, { GITHUB_SHA: 'abc', HUB_USER: 'octo' });
    expect(config.images).toMatchObject([
      {
        repositories: ['ghcr.io/Octo/Shop', 'octo/app'],
        build: {
          context: '.',
          dockerfile: 'docker/Dockerfile',
          platforms: ['linux/amd64', 'linux/arm64'],
          args: ['SHA=abc', 'PRICE=$5, or {more}'],
          secrets: [{ id: 'npm_token', environment: 'NPM_TOKEN' }],
          cacheFrom: ['type=gha'],
          cacheTo: [],
        },
        tags: ['type=semver,pattern={{version}}', 'type=raw,value=latest,enable={{is_default_branch}}'],
        flavor: ['latest=false'],
        labels: ['price=5$,or more'],
        push: 'auto',
      },
    ]);
    const job = file.jobs.image;
    expect(job['runs-on']).toBe('ubuntu-22.04');
    expect(job.steps[1]!.uses).toBe('docker/setup-qemu-action@v3');
    expect(job.steps.at(-1)).toEqual({
      uses: ACTION,
      env: { HUB_USER: '${{ secrets.HUB_USER }}', NPM_TOKEN: '${{ secrets.NPM_TOKEN }}' },
      with: { username: '${{ secrets.HUB_USER }}', password: '${{ secrets.HUB_TOKEN }}' },
    });
    expect(file.on).toEqual({ push: { branches: ['main'] } });
    expect(file.permissions).toEqual({ contents: 'read', packages: 'write' });
    expect(notes.join('\n')).toMatch(/no login to ghcr.io is needed[\s\S]*steps\.other\.outputs\.value/);
    expect(notes.join('\n')).toContain('there is no cache of type inline');
  });

  test('names in full; two registries’ logins become one list', async () => {
    const login = (registry: string) =>
      `      - uses: docker/login-action@v3\n        with: {registry: ${registry}, username: u, password: "\${{ secrets.P }}"}\n`;
    const { config, file } = await look({
      Dockerfile: 'FROM busybox\n',
      '.github/workflows/ci.yaml': workflow(
        `${login('a.example')}${login('b.example')}      - uses: docker/build-push-action@v6\n        with:\n          push: true\n          tags: |\n            a.example:5000/x:latest\n            b.example/x:\${{ github.sha }},b.example/x:v1\n`,
      ),
    });
    expect(config.images).toMatchObject([
      {
        repositories: ['a.example:5000/x', 'b.example/x'],
        tags: ['type=raw,value=latest', 'type=sha,format=long,prefix=', 'type=raw,value=v1'],
        push: true,
      },
    ]);
    expect(parse(file.jobs.image.steps.at(-1)!.with!['registry-auth']!)).toEqual([
      { registry: 'a.example', username: 'u', password: '${{ secrets.P }}' },
      { registry: 'b.example', username: 'u', password: '${{ secrets.P }}' },
    ]);
  });

  test('a matrix of services gives several images, a matrix of platforms one', async () => {
    const build = `      - uses: docker/build-push-action@v6\n        with: {context: "svc/\${{ matrix.name }}", platforms: "\${{ matrix.platform }}", tags: "r.example/\${{ matrix.name }}:1"}\n`;
    const matrix = '    strategy: {matrix: {name: [api, web], platform: [linux/amd64, linux/arm64]}}\n';
    const { config } = await look({
      'svc/api/Dockerfile': 'FROM busybox\n',
      'svc/web/Dockerfile': 'FROM busybox\n',
      '.github/workflows/ci.yml': workflow(build, matrix),
    });
    expect(config.images).toMatchObject([
      {
        key: 'api',
        repositories: ['r.example/api'],
        build: { context: 'svc/api', platforms: ['linux/amd64', 'linux/arm64'] },
      },
      { key: 'web', repositories: ['r.example/web'], push: false },
    ]);
  });

  test('the repository itself as Git context, its workspace, names from variables', async () => {
    const step = (inputs: string): string => `      - uses: docker/build-push-action@v6\n        with: ${inputs}\n`;
    const { config, notes } = await look({
      'one/Dockerfile': 'FROM busybox\n',
      Dockerfile: 'FROM busybox\n',
      '.github/workflows/a.yml': workflow(
        step('{context: "{{defaultContext}}:one", tags: "${{ env.REGISTRY }}/a/one"}') +
          step(
            '{context: "${{ github.workspace }}", file: "${{ github.workspace }}/Dockerfile", tags: "${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}:${{ github.ref_name }}"}',
          ),
      ),
      '.github/workflows/b.yml': 'jobs: {x: {steps: [{uses: docker/bake-action@v6}]}}\n',
    });
    expect(config.images).toMatchObject([
      { repositories: ['ghcr.io/a/one'], tags: ['type=raw,value=latest'], build: { context: 'one' } },
      {
        repositories: ['ghcr.io/Octo/Shop'],
        tags: ['type=ref,event=branch', 'type=ref,event=tag'],
        build: { context: '.' },
      },
    ]);
    expect(notes).toContain('.github/workflows/b.yml: docker/bake-action: files of bake are not read');
  });

  test('what Compose says of the same Dockerfile adds nothing', async () => {
    const { config } = await look({
      Dockerfile: 'FROM busybox\n',
      'compose.yaml': 'services: {app: {build: .}}\n',
      '.github/workflows/ci.yml': workflow('      - uses: docker/build-push-action@v6\n'),
    });
    expect(config.images).toHaveLength(1);
  });

  test.each([
    ['on: [', /cannot be read/],
    ['jobs: 7 # docker/build-push-action\n', /^$/],
    [
      workflow('      - uses: docker/build-push-action@v6\n        with: {context: "${{ steps.x.outputs.y }}"}\n'),
      /context: only that workflow knows/,
    ],
  ])('one that cannot be carried over is said: %j', async (text, note) => {
    const { notes, images } = await look({
      Dockerfile: 'FROM busybox\n',
      '.github/workflows/ci.yml': `${text} # docker/build-push-action`,
    });
    expect(images).toHaveLength(1);
    expect(notes.join('\n')).toMatch(note);
  });
});

test('every page and example says the same Action', async () => {
  const { readdirSync } = await import('node:fs');
  const pages = [
    'README.md',
    'CHANGELOG.md',
    ...['docs', 'workflows-examples', '.github/workflows'].flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(md|ya?ml)$/.test(name))
        .map((name) => `${folder}/${name}`),
    ),
  ];
  for (const page of pages)
    for (const [, uses] of (await readFile(join(PROJECT, page), 'utf8')).matchAll(
      /uses:\s*["'`]?([\w.-]+\/containerize[\w./-]*@[\w.]+)/g,
    ))
      expect([page, uses]).toEqual([page, ACTION]);
});
