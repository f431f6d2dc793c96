import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContainerizeError } from '../../errors.ts';
import type { Command } from '../command.ts';

/** Files that are there already. */
export class InitError extends ContainerizeError<'already-there' | 'no-dockerfile'> {}

const CONFIG = 'containerize.yml';
const WORKFLOW = '.github/workflows/containerize.yml';

export const command: Command = {
  name: 'init',
  summary: 'Write a first containerize.yml and a workflow for this repository',
  usage: '[OPTIONS]',
  options: [
    { name: 'dry-run', type: 'boolean', help: 'Show the files, write nothing' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Write over files that are there' },
  ],
  arguments: { min: 0, max: 0 },
  examples: [
    ['containerize init --dry-run', 'What it would write'],
    ['containerize init', 'Write containerize.yml and .github/workflows/containerize.yml'],
  ],
  async run(args, { cwd, io, owner }) {
    const dockerfile = ['Dockerfile', 'Containerfile', 'docker/Dockerfile'].find((name) => existsSync(join(cwd, name)));
    if (dockerfile === undefined)
      throw new InitError('no-dockerfile', 'there is no Dockerfile in this folder', {
        hint: 'write one, or run this in the folder of the one that is there',
      });
    const files = [
      [CONFIG, configOf(dockerfile, readFileSync(join(cwd, dockerfile), 'utf8'))],
      [WORKFLOW, workflow],
    ] as const;
    const dry = args.flag('dry-run');
    const there = files.map(([name]) => name).filter((name) => existsSync(join(cwd, name)));
    if (there.length > 0 && !dry && !args.flag('force'))
      throw new InitError('already-there', `${there.join(' and ')}: there already, nothing was written`, {
        hint: 'look at what it would write with --dry-run, or write over with --force',
      });
    const { replaceUserFile } = await import('../build/user-output.ts');
    for (const [name, text] of files) {
      io.stdout.write(`# ${name}\n${text}\n`);
      if (dry) continue;
      const made = await mkdir(dirname(join(cwd, name)), { recursive: true });
      for (let path = dirname(join(cwd, name)); made !== undefined && path.startsWith(made); path = dirname(path))
        await chown(path, owner.uid, owner.gid);
      await replaceUserFile(join(cwd, name), text, owner);
    }
    return 0;
  },
};

function configOf(dockerfile: string, text: string): string {
  const target = /^FROM\s+.*\s+AS\s+(test|tests)\s*$/im.exec(text)?.[1];
  return [
    '# containerize ci runs this; containerize ci --plan says what it would do.',
    'build:',
    '  context: .',
    ...(dockerfile === 'Dockerfile' ? [] : [`  dockerfile: ${dockerfile}`]),
    ...(target === undefined
      ? []
      : [`  # the Dockerfile has a stage ${target}: containerize build --target ${target} . runs it`]),
    '# commands that must succeed in the image before it is pushed',
    'tests: []',
    'tags:',
    '  - type=ref,event=branch',
    '  - type=ref,event=pr',
    '  - type=semver,pattern={{version}}',
    '  - type=sha',
    '',
  ].join('\n');
}

const workflow = `name: containerize
on:
  push:
    branches: [main]
    tags: ['v*']
  pull_request:
permissions:
  contents: read
  packages: write
concurrency: containerize-\${{ github.ref }}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: containerize/containerize@v1
        with:
          push: \${{ github.event_name != 'pull_request' }}
`;
