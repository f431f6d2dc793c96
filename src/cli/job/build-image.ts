import { join } from 'node:path';
import type { BuildResult } from '../../build/build.ts';
import type { Output } from '../../build/outputs/output.ts';
import type { BuildRequest } from '../../build/request.ts';
import type { BuildServices } from '../../build/services.ts';
import type { Slots } from '../../content/slots.ts';
import type { Image } from '../../content/store.ts';
import { messageOf } from '../../errors.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import { parseArguments } from '../arguments.ts';
import { tellCaches } from '../build/cache-lines.ts';
import { readContextArgument } from '../build/context-argument.ts';
import { deliver } from '../build/deliver.ts';
import { imageId, metadataOf } from '../build/metadata.ts';
import { requestOf } from '../build/request.ts';
import { servicesOf } from '../build/services.ts';
import { TemporaryFolders } from '../build/temporary-folders.ts';
import type { CommandContext } from '../command.ts';
import { command } from '../commands/build.ts';
import type { Renderer } from '../progress/renderer.ts';
import type { BuildJob, BuiltImage } from './job.ts';
import { lowerCasedWords } from './lower-words.ts';
import { PushOnly } from './push-only.ts';

export interface Built {
  image: Image;
  report: BuiltImage;
  /** What is to be pushed, once everything else went well. */
  pushes: { names: string[]; byDigest: boolean }[];
  /** Saves caches; what is wrong with them fails nothing. */
  finish(): Promise<void>;
  /** In the place of {@link finish}, when something else went wrong: caches that are read are let go. */
  close(): Promise<void>;
}

/** Builds and delivers everything but what goes to registries. */
export async function buildImage(
  job: BuildJob,
  engine: Engine,
  context: CommandContext,
  progress: Progress,
  slots?: Slots,
): Promise<Built> {
  const parsedArguments = parseArguments(command, lowerCasedWords(job.words));
  if (parsedArguments.help) throw new Error('a job never asks for help');
  const args = parsedArguments.arguments;
  const parsed = requestOf(args, { ...context, inActions: engine.settings.inActions });
  const folders = new TemporaryFolders(join(engine.settings.root, 'build'));
  try {
    const argument = await readContextArgument(args.positional[0]!, args.string('file'), {
      cwd: context.cwd,
      stdin: context.io.stdin,
      unpack: (tar) => folders.unpack(tar, engine, context.signal),
    });
    const request: BuildRequest = { ...parsed.request, ...argument };
    const { build } = await import('../../build/build.ts');
    const renderer: Renderer = {
      start: (info) => progress.start(info),
      warn: (message) => progress.warn(message),
      close: () => {},
    };
    const later = job.cacheLater === true;
    const opened = await servicesOf(request, args, context, engine, renderer, { ...(slots && { slots }), later });
    const { services, exports } = opened;
    const keep = (built?: BuildResult): Promise<void> =>
      saveCaches(() => exports(built, ['gha']), job.cacheTimeout, context.signal, progress);
    const pushes = takePushes(parsed.outputs, job.push ? parsed.names : []);
    const pushOnly = pushOnlyOf(job, pushes, parsed.outputs, engine, context);
    if (pushOnly !== undefined) services.wanted = (layers) => pushOnly.wanted(layers);
    let result: BuildResult;
    // What is saved at the end of the job is made ready now: steps and tests that fail take nothing away from it.
    try {
      result = await build(request, services);
      if (later) await keep(result);
    } catch (error) {
      if (later && !context.signal.aborted) await keep();
      await opened.close();
      throw error;
    }
    if (later) await opened.close();
    const layers = result.images.flatMap(({ manifest }) => manifest.layers);
    const left = (await pushOnly?.left(layers)) ?? 0;
    try {
      if (left > 0) progress.start({ name: `${left} layers stay where they are: every registry has them` }).done();
      else {
        await deliverAll(parsed.outputs, result, services, context, engine);
        if (pushes.length > 0) for (const image of result.images) await image.result.fetchLayers();
      }
    } catch (error) {
      await opened.close();
      throw error;
    }
    const report = reportOf(result, parsed.names);
    const tell = (): void => {
      const cache = opened.report();
      if (cache !== undefined) report.cache = cache;
    };
    tell();
    if (later) tellCaches(report.cache, progress);
    return {
      image: { descriptor: result.descriptor, content: services.content },
      report,
      pushes,
      async finish() {
        const rest = later ? (['local', 'registry'] as const) : undefined;
        await saveCaches(() => exports(result, rest), job.cacheTimeout, context.signal, progress);
        tell();
        if (!later) tellCaches(report.cache, progress);
        await opened.close();
      },
      close: () => opened.close(),
    };
  } finally {
    await folders.remove();
  }
}

/** An image that nothing but a registry wants. */
function pushOnlyOf(
  { onlyPushed }: BuildJob,
  pushes: Built['pushes'],
  outputs: readonly Output[],
  engine: Engine,
  { signal }: CommandContext,
): PushOnly | undefined {
  if (!onlyPushed || pushes.length === 0 || outputs.some(({ type }) => type !== 'image')) return undefined;
  return new PushOnly(
    engine,
    pushes.flatMap(({ names }) => names),
    signal,
  );
}

/** Brings the result wherever it was asked to be, registries aside. */
async function deliverAll(
  outputs: readonly Output[],
  result: BuildResult,
  services: BuildServices,
  context: CommandContext,
  engine: Engine,
): Promise<void> {
  const refs = await engine.refs();
  for (const output of outputs) {
    await deliver(output, result, {
      context,
      services,
      setNames: (named) => refs.update(named),
      keep: (descriptor) => refs.addUntagged(descriptor),
      push: async () => {},
    });
  }
}

/** What is wrong with a cache, or slow about it, fails nothing. */
async function saveCaches(
  save: () => Promise<void>,
  seconds: number | undefined,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    if (seconds === undefined) return;
    timer = setTimeout(() => reject(new Error(`it takes longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([save(), late]);
  } catch (error) {
    signal.throwIfAborted();
    progress.warn(`the build cache could not be saved: ${messageOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Registries come last: outputs that push are put off. */
function takePushes(outputs: Output[], names: string[]): Built['pushes'] {
  const pushes: Built['pushes'] = [];
  for (const output of outputs) {
    if (output.type !== 'image' || !output.push) continue;
    pushes.push({ names: output.names, byDigest: output.pushByDigest });
    output.push = false;
  }
  const known = new Set(pushes.flatMap((push) => push.names));
  const rest = names.filter((name) => !known.has(name));
  if (rest.length > 0) pushes.push({ names: rest, byDigest: false });
  return pushes;
}

function reportOf(result: BuildResult, names: string[]): BuiltImage {
  const sizes = result.images.map(
    ({ manifest, configDescriptor }) =>
      configDescriptor.size + manifest.layers.reduce((total, layer) => total + layer.size, 0),
  );
  return {
    digest: result.descriptor.digest,
    imageId: imageId(result),
    size: sizes.reduce((a, b) => a + b, 0),
    platforms: result.images.map(({ platform }) => formatPlatform(platform)),
    names,
    metadata: metadataOf(result, names),
  };
}
