import type { BuildRequest } from '../../build/request.ts';
import type { Slots } from '../../content/slots.ts';
import { buildServices, type OpenedBuild } from '../../pipeline/build-services.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Arguments, CommandContext } from '../command.ts';
import type { Renderer } from '../progress/renderer.ts';
import { registryFlags } from '../registry-options.ts';
import { parseCacheLocation, scopeOf } from './cache-flag.ts';
import { namesOf } from './names.ts';

/** What the flags of `build` want of the engine. */
export function servicesOf(
  request: BuildRequest,
  args: Arguments,
  context: CommandContext,
  engine: Engine,
  progress: Renderer,
  more: { slots?: Slots; later?: boolean } = {},
): Promise<OpenedBuild> {
  const scope = scopeOf(request, namesOf(args.list('tag')), context.cwd);
  const locations = (flag: 'cache-from' | 'cache-to') =>
    args.list(flag).map((value) => parseCacheLocation(flag, value, context.cwd, scope));
  return buildServices(engine, {
    progress,
    signal: context.signal,
    jobs: request.jobs,
    ...more,
    cacheFrom: locations('cache-from'),
    cacheTo: locations('cache-to'),
    registry: registryFlags(args, { mirrors: true }),
  });
}
