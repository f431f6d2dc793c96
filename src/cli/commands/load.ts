import { Readable } from 'node:stream';
import { loadArchive } from '../../content/archive/load.ts';
import { readStored } from '../../content/image-list.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { readUserFile } from '../user-stream.ts';

export const command: Command = {
  name: 'load',
  summary: 'Read images from a tar archive',
  usage: '[OPTIONS]',
  options: [
    { name: 'input', short: 'i', type: 'string', placeholder: 'FILE', help: 'Read a file, instead of standard input' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'Of images for several platforms, keep this one',
    },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Print nothing but the names of what was loaded' },
  ],
  arguments: { max: 0 },
  examples: [
    [
      'containerize load -i app.tar',
      'What docker save, podman save, skopeo or buildx wrote, also compressed by gzip or zstd',
    ],
    ['docker save app:1.4 | containerize load', 'From a docker that is there'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const input = args.string('input');
    if (input === undefined && context.io.isTerminal.stdin) {
      throw new UsageError('bad-combination', 'an archive is expected on standard input, which is a terminal', {
        hint: 'name a file with -i, or redirect the input',
      });
    }
    const platform = args.string('platform');
    const source = input === undefined || input === '-' ? context.io.stdin : await readUserFile(input, context);
    const [{ rootProviders }, { compress }] = await Promise.all([
      import('../../pipeline/store/garbage.ts'),
      import('../../layer/compress.ts'),
    ]);
    const images = await loadArchive(store, refs, source, {
      where: input ?? 'standard input',
      platform: platform === undefined ? undefined : parsePlatform(platform),
      roots: await rootProviders(engine),
      compress: (plain) => Readable.from(compress(plain, 'gzip'), { objectMode: false }),
    });
    for (const { descriptor, names } of images) {
      for (const name of names) context.io.stdout.write(`Loaded image: ${familiarReference(parseReference(name))}\n`);
      if (names.length === 0)
        context.io.stdout.write(`Loaded image ID: ${(await readStored(store, descriptor, [])).id}\n`);
    }
    return 0;
  },
};
