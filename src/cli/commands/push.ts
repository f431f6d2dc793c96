import { platforms } from '../../content/image.ts';
import { withLease } from '../../content/lease.ts';
import type { Image } from '../../content/store.ts';
import { ContainerizeError } from '../../errors.ts';
import { choosePlatform, formatPlatform, parsePlatform } from '../../oci/platform.ts';
import {
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../oci/reference.ts';
import { pushImage } from '../../registry/push.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';
import { PUSH_WORDS, TransferProgress } from '../transfer-progress.ts';

class PushError extends ContainerizeError<'no-such-image' | 'no-such-platform'> {}

export const command: Command = {
  name: 'push',
  summary: 'Send an image of the store to its registry',
  usage: '[OPTIONS] NAME[:TAG]',
  options: [
    { name: 'all-tags', short: 'a', type: 'boolean', help: 'Push all tags of the image that are in the store' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Print only the name of what was pushed' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH[/VARIANT]',
      help: 'Push only this platform of an image that has several',
    },
    { name: 'disable-content-trust', type: 'boolean', help: "Accepted for docker's sake; nothing is signed by notary" },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize push ghcr.io/owner/app:1.2', 'Send what was built under that name'],
    ['containerize push -a localhost:5000/app', 'Every tag of it'],
  ],
  async run(args, context) {
    const given = parseReference(args.positional[0]!);
    const quiet = args.flag('quiet');
    if (given.digest !== undefined) throw new UsageError('bad-value', 'cannot push a digest reference: name a tag');
    const progress = new TransferProgress(context.io, PUSH_WORDS, { quiet });
    if (!args.flag('all-tags') && given.tag === undefined) progress.line('Using default tag: latest');
    progress.line(`The push refers to repository [${given.registry}/${given.repository}]`);
    try {
      for (const [reference, image] of await images(given, args, context)) {
        const pushed = await push(reference, image, args, context, progress);
        progress.line(`${reference.tag}: digest: ${pushed.digest} size: ${pushed.size}`);
        if (quiet) context.io.stdout.write(`${formatReference(reference)}\n`);
      }
    } finally {
      progress.finish();
    }
    return 0;
  },
};

async function images(given: Reference, args: Arguments, { engine }: CommandContext): Promise<[Reference, Image][]> {
  const opened = await engine();
  const [content, refs] = await Promise.all([opened.content(), opened.refs()]);
  if (args.flag('all-tags')) {
    if (given.tag !== undefined) throw new UsageError('bad-combination', "tag can't be used with --all-tags/-a");
    const found = (await refs.list()).flatMap(({ name, descriptor }): [Reference, Image][] => {
      const reference = parsed(name);
      const ours =
        reference !== undefined &&
        reference.registry === given.registry &&
        reference.repository === given.repository &&
        reference.tag !== undefined;
      return ours ? [[reference, { descriptor, content }]] : [];
    });
    if (found.length === 0)
      throw new PushError(
        'no-such-image',
        `An image does not exist locally with the name: ${familiarReference(given)}`,
      );
    return found;
  }
  const reference = withDefaultTag(given);
  const descriptor = await refs.get(formatReference(reference));
  if (descriptor === undefined) {
    throw new PushError(
      'no-such-image',
      `An image does not exist locally with the tag: ${familiarReference(reference)}`,
      {
        hint: 'see the names with: containerize images',
      },
    );
  }
  return [[reference, { descriptor, content }]];
}

async function push(
  reference: Reference,
  whole: Image,
  args: Arguments,
  { engine, signal }: CommandContext,
  progress: TransferProgress,
): Promise<Image['descriptor']> {
  const opened = await engine();
  const [store, client, sources] = await Promise.all([
    opened.content(),
    opened.registry(registryFlags(args)),
    opened.registrySources(),
  ]);
  const image = await onlyPlatform(whole, reference, args.string('platform'));
  return withLease(store, () => pushImage(client, image, reference, { progress, signal, sources }));
}

async function onlyPlatform(image: Image, reference: Reference, text: string | undefined): Promise<Image> {
  if (text === undefined) return image;
  const platform = parsePlatform(text);
  const there = await platforms(image);
  const chosen = there.length === 1 && there[0]!.platform === undefined ? there[0] : choosePlatform(there, platform);
  if (chosen !== undefined) return { content: image.content, descriptor: chosen.manifestDescriptor };
  const list = there.map((p) => (p.platform === undefined ? 'unnamed' : formatPlatform(p.platform))).join(', ');
  throw new PushError(
    'no-such-platform',
    `${familiarReference(reference)} has no image for ${formatPlatform(platform)}, only for ${list}`,
  );
}

/** Names that other tools wrote into the layout may not be references. */
function parsed(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined;
  }
}
