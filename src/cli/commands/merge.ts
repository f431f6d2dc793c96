import { lowerCased } from '../../pipeline/publish/names.ts';
import { parseSemver } from '../../release/tags/semver.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, Command } from '../command.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';

export const command: Command = {
  name: 'merge',
  summary: 'Make one index of images that were pushed by digest, a platform each',
  usage: '[OPTIONS] NAME[:TAG]... --digest DIGEST...',
  options: [
    {
      name: 'digest',
      short: 'd',
      type: 'list',
      placeholder: 'DIGEST|FOLDER',
      help: 'What a job of the matrix pushed, or a folder with files of those names',
    },
    {
      name: 'platform',
      type: 'list',
      placeholder: 'OS/ARCH[,...]',
      help: 'Refuse unless there is an image for each of these, and no other',
    },
    {
      name: 'version',
      type: 'string',
      placeholder: 'VERSION',
      help: 'What the image is: tags that name a higher version stay where they are',
    },
    { name: 'json', type: 'boolean', help: 'Print the report as JSON' },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize merge ghcr.io/owner/app:1.2 -d sha256:… -d sha256:…', 'One name for both platforms'],
    [
      'containerize merge ghcr.io/owner/app:1.2 owner/app:1.2 -d digests --platform linux/amd64,linux/arm64',
      'In two registries, from a folder of digests, only when both platforms are there',
    ],
  ],
  async run(args, context) {
    const { stdout, stderr } = context.io;
    const warn = (message: string): void => void stderr.write(`warning: ${message}\n`);
    if (args.list('digest').length === 0)
      throw new UsageError('missing-value', 'which images? name what was pushed with --digest');
    const [{ readDigests }, { mergeImages }, { silent }] = await Promise.all([
      import('../../pipeline/publish/digest-list.ts'),
      import('../../pipeline/publish/merge.ts'),
      import('../../progress.ts'),
    ]);
    const names = args.positional.map((name) => lowerCased(name, warn));
    const digests = await readDigests(args.list('digest'), context.cwd, '--digest');
    const platforms = args.list('platform').flatMap((item) => item.split(','));
    const engine = await context.engine();
    const [client, sources] = await Promise.all([engine.registry(registryFlags(args)), engine.registrySources()]);
    const merged = await mergeImages(
      { client, sources },
      {
        names,
        digests,
        ...(platforms.length > 0 ? { platforms } : {}),
        guard: guardOf(args),
        progress: { ...silent, warn },
        signal: context.signal,
      },
    );
    const { descriptor, places } = merged;
    if (args.flag('json')) {
      stdout.write(`${JSON.stringify({ digest: descriptor.digest, platforms: merged.platforms, places })}\n`);
      return 0;
    }
    stdout.write(`${descriptor.digest}: ${merged.platforms.join(', ')}\n`);
    for (const { repository, tags, kept } of places) {
      for (const tag of tags) stdout.write(`${repository}:${tag}\n`);
      for (const { tag, why } of kept) warn(`${repository}:${tag} stays: ${why}`);
    }
    return 0;
  },
};

function guardOf(args: Arguments): { version: string } | undefined {
  const version = args.string('version');
  if (version === undefined) return undefined;
  if (parseSemver(version) === undefined)
    throw new UsageError('bad-value', `--version: expected a version such as 1.2.3, found "${version}"`);
  return { version };
}
