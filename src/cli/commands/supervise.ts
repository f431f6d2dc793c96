import { watchHealth } from '../../container/health-watch.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'supervise',
  summary: 'Check the health of a container until it ends (started by containerize itself)',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  hidden: true,
  examples: [],
  async run(args, { engine, signal }) {
    const container = await (await (await engine()).containers()).get(args.positional[0]!);
    const watched = await watchHealth(container, signal);
    if (watched && container.record.options.autoRemove) await container.remove({ volumes: true });
    return 0;
  },
};
