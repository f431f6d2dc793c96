import { withLease } from '../../content/lease.ts';
import { parsePlatform } from '../../oci/platform.ts';
import {
  DEFAULT_REGISTRY,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../../oci/reference.ts';
import { pullImage } from '../../registry/pull.ts';
import { UsageError } from '../arguments.ts';
import type { Command, CommandContext } from '../command.ts';
import { MIRROR_OPTION, REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';
import { PULL_WORDS, TransferProgress } from '../transfer-progress.ts';

export const command: Command = {
  name: 'pull',
  summary: 'Bring an image from a registry into the store',
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  options: [
    { name: 'all-tags', short: 'a', type: 'boolean', help: 'Pull all tags of the repository' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Print only the name of the image' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH[/VARIANT]|all',
      help: "Pull for another platform than this machine's, or for all",
    },
    {
      name: 'disable-content-trust',
      type: 'boolean',
      help: "Accepted for docker's sake; nothing is checked by notary",
    },
    MIRROR_OPTION,
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize pull debian:bookworm-slim', 'An image of Docker Hub for this machine'],
    ['containerize pull --platform linux/arm64 ghcr.io/owner/app:1.2', 'For another platform'],
    ['containerize pull -a localhost:5000/app', 'Every tag'],
  ],
  async run(args, context) {
    const given = parseReference(args.positional[0]!);
    const quiet = args.flag('quiet');
    const wanted = args.string('platform');
    const platform = wanted === undefined || wanted === 'all' ? wanted : parsePlatform(wanted);
    const engine = await context.engine();
    const client = await engine.registry(registryFlags(args, { mirrors: true }));
    let references: Reference[] = [given];
    if (args.flag('all-tags')) {
      if (given.tag !== undefined || given.digest !== undefined)
        throw new UsageError('bad-combination', "tag can't be used with --all-tags/-a");
      references = [];
      for await (const tag of client.repository(given).tags({ signal: context.signal }))
        references.push({ ...given, tag });
    } else if (given.tag === undefined && given.digest === undefined && !quiet) {
      context.io.stdout.write('Using default tag: latest\n');
    }
    for (const reference of references.map(withDefaultTag)) await pull(reference, context, { quiet, platform, client });
    return 0;
  },
};

async function pull(
  reference: Reference,
  { engine, io, signal }: CommandContext,
  options: {
    quiet: boolean;
    platform: ReturnType<typeof parsePlatform> | 'all' | undefined;
    client: Awaited<ReturnType<Awaited<ReturnType<CommandContext['engine']>>['registry']>>;
  },
): Promise<void> {
  const opened = await engine();
  const [store, refs, sources] = await Promise.all([opened.content(), opened.refs(), opened.registrySources()]);
  const progress = new TransferProgress(io, PULL_WORDS, options);
  const name =
    reference.registry === DEFAULT_REGISTRY ? reference.repository : `${reference.registry}/${reference.repository}`;
  progress.line(
    `${reference.tag ?? reference.digest}: Pulling from ${reference.registry === DEFAULT_REGISTRY ? name : reference.repository}`,
  );
  try {
    // What a killed pull left half-written.
    await store.sweep();
    const image = await withLease(store, async () => {
      const pulled = await pullImage(options.client, reference, store, {
        platform: options.platform,
        progress,
        signal,
        sources,
      });
      await refs.set(formatReference(reference), pulled.descriptor);
      return pulled;
    });
    progress.line(`Digest: ${image.descriptor.digest}`);
    const familiar = familiarReference(reference);
    progress.line(
      `Status: ${progress.changed ? `Downloaded newer image for ${familiar}` : `Image is up to date for ${familiar}`}`,
    );
    io.stdout.write(`${formatReference(reference)}\n`);
  } finally {
    progress.finish();
  }
}
