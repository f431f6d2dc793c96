import { saveArchive } from '../../content/archive/save.ts';
import { findImage, listImages, type StoredImage } from '../../content/image-list.ts';
import { withLease } from '../../content/lease.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { writeUserFile } from '../user-stream.ts';

export const command: Command = {
  name: 'save',
  summary: 'Write images to a tar archive',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  options: [
    {
      name: 'output',
      short: 'o',
      type: 'string',
      placeholder: 'FILE',
      help: 'Write to a file, instead of standard output',
    },
    {
      name: 'format',
      type: 'string',
      choices: ['docker-archive', 'oci-archive'],
      placeholder: 'FORMAT',
      help: 'docker-archive (default; an OCI layout that every docker and podman loads) or oci-archive',
    },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'Of images for several platforms, write this one',
    },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize save -o app.tar app:1.4', 'For another machine'],
    ['containerize save app:1.4 | docker load', 'Into a docker that is there'],
    ['containerize save --format oci-archive -o app.oci.tar app:1.4', 'For skopeo and friends'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const output = args.string('output');
    if (output === undefined && context.io.isTerminal.stdout) {
      throw new UsageError('bad-combination', 'an archive is not written to a terminal', {
        hint: 'name a file with -o, or redirect the output',
      });
    }
    const platform = args.string('platform');
    await withLease(store, async () => {
      const chosen = new Map<string, { image: StoredImage; names: string[] }>();
      for (const word of args.positional) {
        for (const { image, names } of await imagesFor(
          word,
          () => listImages(store, refs),
          () => findImage(store, refs, word),
        )) {
          const entry = chosen.get(image.descriptor.digest) ?? { image, names: [] };
          chosen.set(image.descriptor.digest, { image, names: [...new Set([...entry.names, ...names])] });
        }
      }
      const images = [...chosen.values()].map(({ image, names }) => ({
        descriptor: image.descriptor,
        content: store,
        names,
      }));
      const options = {
        format: args.string('format') === 'oci-archive' ? ('oci' as const) : ('docker' as const),
        platform: platform === undefined ? undefined : parsePlatform(platform),
      };
      if (output === undefined || output === '-') await saveArchive(context.io.stdout, images, options);
      else await writeUserFile(output, context, (out) => saveArchive(out, images, options));
    });
    return 0;
  },
};

/** A name without tag means all tags of the repository, when it has any; an ID means the image without a name. */
async function imagesFor(
  word: string,
  all: () => Promise<StoredImage[]>,
  one: () => Promise<StoredImage & { name?: string }>,
): Promise<{ image: StoredImage; names: string[] }[]> {
  const repository = repositoryOf(word);
  if (repository !== undefined) {
    const tagged = (await all())
      .map((image) => ({ image, names: image.names.filter((name) => name.startsWith(`${repository}:`)) }))
      .filter(({ names }) => names.length > 0);
    if (tagged.length > 0) return tagged;
  }
  const image = await one();
  return [{ image, names: image.name === undefined ? [] : [image.name] }];
}

function repositoryOf(word: string): string | undefined {
  try {
    const reference = parseReference(word);
    return reference.tag === undefined && reference.digest === undefined ? formatReference(reference) : undefined;
  } catch {
    return undefined;
  }
}
