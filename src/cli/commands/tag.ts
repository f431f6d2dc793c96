import { findImage } from '../../content/image-list.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'tag',
  summary: 'Give an image another name',
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  options: [],
  arguments: { min: 2, max: 2 },
  examples: [
    ['containerize tag app:latest ghcr.io/me/app:1.4', 'Name it as it is to be pushed'],
    ['containerize tag 4f2c9b1e02aa app:good', 'Name an image by its ID'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const [source, target] = args.positional as [string, string];
    const reference = withDefaultTag(parseReference(target));
    if (reference.digest !== undefined)
      throw new UsageError('bad-value', `cannot give a name with a digest: ${target}`);
    const image = await findImage(store, refs, source);
    await refs.set(formatReference(reference), image.descriptor);
    return 0;
  },
};
