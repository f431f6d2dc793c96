import { ContainerizeError } from '../errors.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import type { Engine } from '../pipeline/wire.ts';
import type { Command } from './command.ts';
import { printInspected } from './print-inspected.ts';

class InspectError extends ContainerizeError<'no-such-object'> {}

export interface Kind {
  name: string;
  /** What there is under a name or ID, undefined when nothing. Throws when a short ID is not enough. */
  find(
    engine: Engine,
    text: string,
    options: { platform: Platform | undefined; size: boolean },
  ): Promise<object | undefined>;
}

/** In docker's order: a container wins over an image of the same name. */
export const KINDS: readonly Kind[] = [
  {
    name: 'container',
    find: async (engine, text, { size }) =>
      (await import('./container/inspect.ts')).inspectContainers(engine, text, size),
  },
  {
    name: 'image',
    find: async (engine, text, { platform }) =>
      (await import('./image/inspect.ts')).inspectImage(engine, text, platform),
  },
  {
    name: 'volume',
    find: async (engine, text) => {
      const volume = await (await engine.volumes()).get(text);
      return volume && (await import('./container/volume-row.ts')).volumeJson(volume);
    },
  },
];

/** Prints what is there of some kinds, then fails for what is not. */
export async function inspect(kinds: readonly Kind[], ...[args, context]: Parameters<Command['run']>): Promise<number> {
  const engine = await context.engine();
  const platform = args.string('platform');
  const options = {
    platform: platform === undefined ? undefined : parsePlatform(platform),
    size: args.maybeFlag('size') ?? false,
  };
  const found: object[] = [];
  const missing: string[] = [];
  for (const text of args.positional) {
    let value: object | undefined;
    for (const kind of kinds) {
      value = await kind.find(engine, text, options);
      if (value !== undefined) break;
    }
    if (value === undefined) missing.push(text);
    else found.push(value);
  }
  printInspected(context.io.stdout, found, args.string('format'));
  if (missing.length === 0) return 0;
  const what = kinds.length === 1 ? kinds[0]!.name : 'container, image or volume';
  throw new InspectError('no-such-object', missing.map((text) => `no such ${what}: ${text}`).join('; '));
}
