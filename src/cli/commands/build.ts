import { join, resolve } from 'node:path';
import type { BuildResult } from '../../build/build.ts';
import { StepFailed } from '../../build/error.ts';
import type { BuildRequest } from '../../build/request.ts';
import { withLease } from '../../content/lease.ts';
import type { Image } from '../../content/store.ts';
import { causesOf, messageOf } from '../../errors.ts';
import type { OpenedBuild } from '../../pipeline/build-services.ts';
import type { Engine } from '../../pipeline/wire.ts';
import { parseSize } from '../../size.ts';
import { badValue } from '../arguments.ts';
import { tellCaches } from '../build/cache-lines.ts';
import { readContextArgument } from '../build/context-argument.ts';
import { deliver } from '../build/deliver.ts';
import { imageId, metadataOf } from '../build/metadata.ts';
import { BUILD_OPTIONS } from '../build/options.ts';
import { type Parsed, requestOf } from '../build/request.ts';
import { servicesOf } from '../build/services.ts';
import { TemporaryFolders } from '../build/temporary-folders.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { humanSize } from '../format.ts';
import { openRenderer } from '../progress/open-renderer.ts';
import type { ProgressMode, Renderer } from '../progress/renderer.ts';
import { registryFlags } from '../registry-options.ts';

export const command: Command = {
  name: 'build',
  aliases: ['buildx build', 'image build', 'builder build'],
  summary: 'Build an image from a Dockerfile',
  usage: '[OPTIONS] PATH | -',
  options: BUILD_OPTIONS,
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize build -t app .', 'Build the Dockerfile of this folder and name the image app:latest'],
    [
      'containerize build -t ghcr.io/owner/app:1.2 --push --platform linux/amd64,linux/arm64 .',
      'Two platforms under one name, pushed',
    ],
    ['containerize build --target test -o out .', 'The files of one stage in a local folder'],
    ['containerize build --explain-cache .', 'Say why steps were not cached'],
    ['containerize build - < Dockerfile', 'A Dockerfile without a context'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const parsed = requestOf(args, { ...context, inActions: engine.settings.inActions });
    const folders = new TemporaryFolders(join(engine.settings.root, 'build'));
    const quiet = args.flag('quiet');
    const limit = cacheLimitOf(args.string('cache-limit') ?? context.env.CONTAINERIZE_CACHE_LIMIT);
    const progress = await openRenderer(
      quiet ? 'quiet' : ((args.string('progress') ?? context.env.BUILDKIT_PROGRESS ?? 'auto') as ProgressMode),
      {
        out: context.io.stderr,
        isTerminal: context.io.isTerminal.stderr,
        env: context.env,
        size: () => context.io.size(),
        onResize: (listener) => context.io.onResize(listener),
      },
    );
    try {
      const argument = await readContextArgument(args.positional[0]!, args.string('file'), {
        cwd: context.cwd,
        stdin: context.io.stdin,
        unpack: (tar) => folders.unpack(tar, engine, context.signal),
      });
      const request: BuildRequest = { ...parsed.request, ...argument };
      // Until a name leads to it, nothing but the lease keeps gc from what the build made.
      const result = await withLease(await engine.content(), () =>
        run(request, parsed, args, context, engine, progress),
      );
      await keepCacheSmall(engine, limit, progress);
      progress.close();
      if (quiet) context.io.stdout.write(`${imageId(result)}\n`);
      return 0;
    } catch (error) {
      progress.close();
      showLastLines(error, context);
      throw error;
    } finally {
      await folders.remove();
    }
  },
};

async function run(
  request: BuildRequest,
  parsed: Parsed,
  args: Arguments,
  context: CommandContext,
  engine: Engine,
  progress: Renderer,
): Promise<BuildResult> {
  const opened = await servicesOf(request, args, context, engine, progress);
  try {
    const result = await buildAndDeliver(request, opened, parsed, args, context, engine, progress);
    tellCaches(opened.report(), progress);
    return result;
  } finally {
    await opened.close();
  }
}

async function buildAndDeliver(
  request: BuildRequest,
  { services, exports }: OpenedBuild,
  parsed: Parsed,
  args: Arguments,
  context: CommandContext,
  engine: Engine,
  progress: Renderer,
): Promise<BuildResult> {
  const { build } = await import('../../build/build.ts');
  const result = await build(request, services);
  const refs = await engine.refs();
  for (const output of parsed.outputs) {
    await deliver(output, result, {
      context,
      services,
      setNames: async (named) => {
        // index.json is written only when a name changes: an unchanged build writes nothing.
        const changed = await Promise.all(
          named.map(async (entry) => (await refs.get(entry.name))?.digest !== entry.descriptor.digest),
        );
        if (changed.includes(true)) await refs.update(named);
      },
      keep: (descriptor) => refs.addUntagged(descriptor),
      push: async (image, names, byDigest) => push(image, names, byDigest, args, context, engine, progress),
    });
  }
  await exports(result);
  await writeFiles(result, parsed, args, context);
  return result;
}

async function push(
  image: Image,
  names: readonly string[],
  byDigest: boolean,
  args: Arguments,
  { signal }: CommandContext,
  engine: Engine,
  progress: Renderer,
): Promise<void> {
  const [{ publishImage }, client, sources] = await Promise.all([
    import('../../pipeline/publish/publish.ts'),
    engine.registry(registryFlags(args, { mirrors: true })),
    engine.registrySources(),
  ]);
  await publishImage({ client, sources }, { image, names, byDigest, progress, signal });
}

async function writeFiles(
  result: BuildResult,
  parsed: Parsed,
  args: Arguments,
  context: CommandContext,
): Promise<void> {
  const iidfile = args.string('iidfile');
  const metadata = args.string('metadata-file');
  if (iidfile === undefined && metadata === undefined) return;
  const { replaceUserFile } = await import('../build/user-output.ts');
  if (iidfile !== undefined) await replaceUserFile(resolve(context.cwd, iidfile), imageId(result), context.owner);
  if (metadata !== undefined)
    await replaceUserFile(
      resolve(context.cwd, metadata),
      `${JSON.stringify(metadataOf(result, parsed.names), undefined, 2)}\n`,
      context.owner,
    );
}

/** Undefined: the default; infinite for `none`. */
function cacheLimitOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'none') return Number.POSITIVE_INFINITY;
  return parseSize(text) ?? badSize(text);
}

function badSize(text: string): never {
  throw badValue('cache-limit', 'a size such as 20gb, or none', text);
}

/** The build is done: that its cache could not be looked through is worth a word, no more. */
async function keepCacheSmall(engine: Engine, maxBytes: number | undefined, progress: Renderer): Promise<void> {
  if (maxBytes === Number.POSITIVE_INFINITY) return;
  try {
    const { keepCacheWithinLimit } = await import('../../pipeline/cache/limits.ts');
    const freed = await keepCacheWithinLimit(engine, { maxBytes });
    if (freed > 0) progress.warn(`the build cache was brought down by ${humanSize(freed)}`);
  } catch (error) {
    progress.warn(`the build cache could not be kept within its limit: ${messageOf(error)}`);
  }
}

/** What a failed step said last, under its name: in a long log, or behind a redrawn picture, it would be lost. */
function showLastLines(error: unknown, { io }: CommandContext): void {
  const failed = causesOf(error).find((cause): cause is StepFailed => cause instanceof StepFailed);
  if (failed === undefined || failed.output.length === 0) return;
  io.stderr.write(`------\n > ${failed.step}:\n${failed.output.map((line) => `${line}\n`).join('')}------\n`);
}
