import type { Container } from '../../container/container.ts';
import type { ContainerOptions } from '../../container/options.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { CONTAINER_FLAGS } from '../container/flags.ts';
import { followForeground, processIo } from '../container/foreground.ts';
import { makeContainer } from '../container/make.ts';
import { containerOptions } from '../container/options.ts';

export const command: Command = {
  name: 'run',
  aliases: ['container run'],
  summary: 'Make a container from an image and run a command in it',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  options: [
    ...CONTAINER_FLAGS,
    { name: 'detach', short: 'd', type: 'boolean', help: "Run in the background and print the container's ID" },
    { name: 'sig-proxy', type: 'boolean', help: 'Hand signals on to the container (default true)' },
    {
      name: 'detach-keys',
      type: 'string',
      placeholder: 'KEYS',
      help: 'Keys that leave the container running; default ctrl-p,ctrl-q',
    },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  examples: [
    ['containerize run --rm -it debian:bookworm-slim bash', 'A shell, gone when you leave it'],
    ['containerize run -d --name web -v site:/srv:ro app:latest', 'A service in the background, with a volume'],
    [
      'containerize run --rm --network none --memory 512m --cpus 1.5 --read-only app test',
      'A test with limits and without network',
    ],
    ['containerize run --rm -v "$PWD":/src -w /src -u "$(id -u)" node:22 npm test', 'Your working copy, as you'],
  ],
  async run(args, context) {
    const [image, ...words] = args.positional;
    const options = await containerOptions(args, words, context);
    checkCombination(args, options, context);
    const container = await makeContainer(image!, options, args, context);
    if (args.flag('detach')) {
      await startOrRemove(container, options);
      context.io.stdout.write(`${container.id}\n`);
      return 0;
    }
    if (!options.autoRemove) return attached(container, options, args, context);
    // who sits at a terminal may leave by the detach keys, and the container must live on then
    const mayLeave = options.tty && options.interactive && context.io.isTerminal.stdin;
    return (mayLeave ? attachedOnce : foreground)(container, options, args, context);
  },
};

function checkCombination(args: Arguments, options: ContainerOptions, { io }: CommandContext): void {
  if (args.flag('detach') && args.list('attach').length > 0) {
    throw new UsageError('bad-combination', '--detach and --attach contradict each other');
  }
  if (options.tty && options.interactive && !args.flag('detach') && !io.isTerminal.stdin) {
    throw new UsageError('bad-combination', 'the input is not a terminal, so it cannot be handed on as one', {
      hint: 'leave -t out: containerize run -i …',
    });
  }
}

/** `--rm`: the container is our child, its streams are ours, nothing is kept. */
async function foreground(
  container: Container,
  options: ContainerOptions,
  args: Arguments,
  { io, signal }: CommandContext,
): Promise<number> {
  const streams = streamOptions(options, args);
  let finished: Promise<void> | undefined;
  let ended = false;
  try {
    const exit = await followForeground(io, streams, async () => {
      const running = await container.startForeground(processIo(io, streams), {
        signal,
        consoleSize: options.tty ? io.size() : undefined,
      });
      finished = running.finished;
      return running;
    });
    ended = true;
    return exit.exitCode;
  } finally {
    // its state must not be written into a folder that is being removed
    await finished?.catch(() => {});
    await (ended ? container.removeEnded() : container.remove({ force: true, volumes: true }));
  }
}

async function attached(
  container: Container,
  options: ContainerOptions,
  args: Arguments,
  context: CommandContext,
): Promise<number> {
  const { attachAndStart } = await import('../container/attach.ts');
  return attachAndStart(container, streamOptions(options, args), context, { detachKeys: args.string('detach-keys') });
}

/** `--rm -it`: removed when it has ended, unless the user has left it running; then the next command removes it. */
async function attachedOnce(
  container: Container,
  options: ContainerOptions,
  args: Arguments,
  context: CommandContext,
): Promise<number> {
  await container.promiseRemoval();
  let code: number;
  try {
    code = await attached(container, options, args, context);
  } catch (error) {
    await container.remove({ force: true, volumes: true });
    throw error;
  }
  if ((await container.state()).status !== 'running') await container.remove({ volumes: true });
  return code;
}

async function startOrRemove(container: Container, options: ContainerOptions): Promise<void> {
  try {
    await container.start();
  } catch (error) {
    if (options.autoRemove) await container.remove({ force: true, volumes: true });
    throw error;
  }
}

function streamOptions(options: ContainerOptions, args: Arguments) {
  const attach = args.list('attach').map((name) => name.toLowerCase());
  return {
    tty: options.tty ?? false,
    interactive: options.interactive ?? attach.includes('stdin'),
    sigProxy: args.maybeFlag('sig-proxy') ?? true,
    ...(attach.length === 0 ? {} : { attach }),
  };
}
