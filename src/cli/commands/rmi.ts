import { codeOf, messageOf } from '../../errors.ts';
import { removeImage } from '../../pipeline/store/remove-image.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'rmi',
  summary: 'Remove images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  options: [
    {
      name: 'force',
      short: 'f',
      type: 'boolean',
      help: 'Remove all names of an image at once, and a name that a container uses; say nothing of images that are not there',
    },
    { name: 'no-prune', type: 'boolean', help: 'Accepted as docker does: there are no untagged parents here' },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize rmi app:1.3', 'Take the name away; the image goes with its last name'],
    ['containerize rmi $(containerize images -q --filter dangling=true)', 'Remove what lost its name'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const force = args.flag('force');
    let failed = false;
    for (const word of args.positional) {
      try {
        const { untagged, deleted } = await removeImage(engine, word, { force });
        for (const name of untagged) context.io.stdout.write(`Untagged: ${name}\n`);
        for (const digest of deleted) context.io.stdout.write(`Deleted: ${digest}\n`);
      } catch (error) {
        if (args.positional.length === 1 && !(force && codeOf(error) === 'no-such-image')) throw error;
        // One that cannot be removed does not keep the others.
        context.io.stderr.write(
          `${codeOf(error) === 'no-such-image' && force ? 'note' : 'error'}: ${messageOf(error)}\n`,
        );
        if (!(force && codeOf(error) === 'no-such-image')) failed = true;
      }
    }
    return failed ? 1 : 0;
  },
};
