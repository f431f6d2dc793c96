import { existsSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readRepositoryContext } from '../../door/repository-context.ts';
import { ContainerizeError } from '../../errors.ts';
import type { Command, CommandContext } from '../command.ts';

export class InitError extends ContainerizeError<'already-there' | 'no-dockerfile'> {}

const CONFIG = 'containerize.yml';
const WORKFLOW = '.github/workflows/containerize.yml';

export const command: Command = {
  name: 'init',
  summary: 'Write a first containerize.yml and a workflow, after a look at this repository',
  usage: '[OPTIONS]',
  options: [
    { name: 'print', aliases: ['dry-run'], type: 'boolean', help: 'Show the files, write nothing' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Write over files that are there' },
  ],
  arguments: { min: 0, max: 0 },
  examples: [
    ['containerize init --print', 'What it would write'],
    ['containerize init', 'Write containerize.yml and .github/workflows/containerize.yml'],
  ],
  async run(args, context) {
    const { cwd, env, io } = context;
    const [{ propose }, { configText }, { workflowText }] = await Promise.all([
      import('../init/propose.ts'),
      import('../init/config-text.ts'),
      import('../init/workflow-text.ts'),
    ]);
    // of the repository itself, wherever this runs
    const { GITHUB_ACTIONS: _, ...outside } = env;
    const { images, workflow, notes, files: more } = await propose(cwd, await readRepositoryContext(outside, cwd));
    for (const note of notes) io.stderr.write(`note: ${note}\n`);
    if (images.length === 0)
      throw new InitError('no-dockerfile', 'there is no Dockerfile in this repository', {
        hint: 'write one, or run this in the folder that has it',
      });
    const files: [string, string][] = [
      [CONFIG, configText(images, notes)],
      [WORKFLOW, workflowText(workflow, images)],
    ];
    const print = args.flag('print');
    const there = files.map(([name]) => name).filter((name) => existsSync(join(cwd, name)));
    if (there.length > 0 && !print && !args.flag('force'))
      throw new InitError('already-there', `${there.join(' and ')}: there already, nothing was written`, {
        hint: 'look at what it would write with --print, or write over with --force',
      });
    for (const [name, text] of [...files, ...more]) {
      io.stdout.write(`# ${name}\n${text}\n`);
      if (!print) await write(name, text, context);
    }
    return 0;
  },
};

async function write(name: string, text: string, { cwd, owner }: CommandContext): Promise<void> {
  const { replaceUserFile } = await import('../build/user-output.ts');
  const path = join(cwd, name);
  const made = await mkdir(dirname(path), { recursive: true });
  for (let folder = dirname(path); made !== undefined && folder.startsWith(made); folder = dirname(folder))
    await chown(folder, owner.uid, owner.gid);
  await replaceUserFile(path, text, owner);
}
