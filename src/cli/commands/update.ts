import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';
import { LIMIT_FLAGS, limitsOf } from '../container/limit-flags.ts';

/** Docker leaves these to `run`. */
const FIXED = new Set([
  'memory-swappiness',
  'oom-kill-disable',
  'blkio-weight-device',
  'device-read-bps',
  'device-write-bps',
  'device-read-iops',
  'device-write-iops',
]);

export const command: Command = {
  name: 'update',
  aliases: ['container update'],
  summary: 'Change the limits of containers, running or not',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    ...LIMIT_FLAGS.filter(({ name }) => !FIXED.has(name)),
    { name: 'restart', type: 'string', help: '', refused: 'restart policies come with a later version' },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize update --memory 1g --memory-swap 1g web', 'Twice the memory, without a restart'],
    ['containerize update --cpus 0.5 batch', 'Leave the others some room'],
  ],
  async run(args, context) {
    const limits = limitsOf(args);
    if (Object.keys(limits).length === 0) {
      throw new UsageError('bad-combination', 'update: nothing to change was given', {
        hint: 'for example --memory 1g; see containerize update --help',
      });
    }
    const warn = (message: string): void => void context.io.stderr.write(`warning: ${message}\n`);
    return eachContainer(args.positional, context, (container) => container.update(limits, warn));
  },
};
