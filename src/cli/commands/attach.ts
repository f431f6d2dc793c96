import { ContainerError } from '../../container/container-error.ts';
import type { Command } from '../command.ts';
import { attach } from '../container/attach.ts';

export const command: Command = {
  name: 'attach',
  aliases: ['container attach'],
  summary: 'Connect to a running container',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { name: 'no-stdin', type: 'boolean', help: 'Do not connect stdin' },
    { name: 'sig-proxy', type: 'boolean', help: 'Hand signals on to the container (default true)' },
    {
      name: 'detach-keys',
      type: 'string',
      placeholder: 'KEYS',
      help: 'Keys that leave it running; default ctrl-p,ctrl-q',
    },
  ],
  arguments: { min: 1, max: 1 },
  examples: [['containerize attach web', 'See what it writes from now on; ctrl-p ctrl-q leaves it']],
  async run(args, context) {
    const container = await (await (await context.engine()).containers()).get(args.positional[0]!);
    const state = await container.state();
    if (state.status !== 'running') {
      throw new ContainerError('wrong-state', `container ${container.name} is not running`, {
        hint: `containerize start --attach ${container.name}`,
      });
    }
    if (state.foreground) {
      throw new ContainerError(
        'attach-failed',
        `container ${container.name} was run in the foreground: its terminal is where it was started`,
      );
    }
    if (await container.isPaused()) {
      throw new ContainerError('wrong-state', `container ${container.name} is paused`, {
        hint: `containerize unpause ${container.name}`,
      });
    }
    const { tty = false, interactive = false } = container.record.options;
    const options = {
      tty,
      interactive: interactive && !args.flag('no-stdin'),
      sigProxy: args.maybeFlag('sig-proxy') ?? true,
    };
    return attach(container, options, context, { detachKeys: args.string('detach-keys') });
  },
};
