import { resolve } from 'node:path';
import { DetachKeys, parseDetachKeys } from '../../container/detach-keys.ts';
import { parseEnvFile, parseEnvFlag } from '../../container/env-file.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { detachableIo, followForeground, processIo } from '../container/foreground.ts';
import { readGivenFile } from '../given-file.ts';

export const command: Command = {
  name: 'exec',
  aliases: ['container exec'],
  summary: 'Run a command in a running container',
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  options: [
    { name: 'interactive', short: 'i', type: 'boolean', help: 'Keep stdin open' },
    { name: 'tty', short: 't', type: 'boolean', help: 'Give it a terminal' },
    {
      name: 'env',
      short: 'e',
      type: 'list',
      placeholder: 'NAME[=VALUE]',
      help: 'Environment variable; without a value, yours',
    },
    { name: 'env-file', type: 'list', placeholder: 'FILE', help: 'Read environment variables from a file' },
    {
      name: 'user',
      short: 'u',
      type: 'string',
      placeholder: 'USER[:GROUP]',
      help: 'User and group, by name or number',
    },
    { name: 'workdir', short: 'w', type: 'string', placeholder: 'DIR', help: 'Working directory' },
    { name: 'privileged', type: 'boolean', help: 'All capabilities' },
    {
      name: 'detach',
      short: 'd',
      type: 'boolean',
      help: 'Do not wait for it, and throw its output away',
    },
    {
      name: 'detach-keys',
      type: 'string',
      placeholder: 'KEYS',
      help: 'Keys that leave it running in a terminal (default ctrl-p,ctrl-q)',
    },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 2 },
  examples: [
    ['containerize exec -it web sh', 'A shell in a running container'],
    ['containerize exec -u postgres db pg_dump app', 'As another user'],
  ],
  async run(args, { io, env, cwd, signal, engine }) {
    const [name, ...words] = args.positional;
    const [tty, interactive] = [args.flag('tty'), args.flag('interactive')];
    if (tty && interactive && !args.flag('detach') && !io.isTerminal.stdin) {
      throw new UsageError('bad-combination', 'the input is not a terminal, so it cannot be handed on as one', {
        hint: 'leave -t out',
      });
    }
    const keys = parseDetachKeys(args.string('detach-keys'));
    const files = await Promise.all(
      args
        .list('env-file')
        .map(async (file) => parseEnvFile(await readGivenFile(resolve(cwd, file), '--env-file'), file, env)),
    );
    const container = await (await (await engine()).containers()).get(name!);
    const streams = { tty, interactive };
    const options = {
      command: words,
      env: [...files.flat(), ...args.list('env').flatMap((text) => parseEnvFlag(text, env))],
      user: args.string('user'),
      workingDir: args.string('workdir'),
      privileged: args.flag('privileged'),
    };
    if (args.flag('detach')) {
      await container.execDetached(options);
      return 0;
    }
    const detachable = tty && interactive ? detachableIo(io, streams, new DetachKeys(keys)) : undefined;
    try {
      const exit = await followForeground(
        io,
        streams,
        () =>
          container.exec(
            { ...options, tty, consoleSize: tty ? io.size() : undefined, signal },
            detachable?.io ?? processIo(io, streams),
          ),
        detachable?.detached,
      );
      return exit?.exitCode ?? 0;
    } finally {
      detachable?.stop();
    }
  },
};
