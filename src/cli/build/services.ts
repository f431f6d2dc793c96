import type { BuildResult } from '../../build/build.ts';
import type { BuildRequest } from '../../build/request.ts';
import type { BuildServices } from '../../build/services.ts';
import type { Slots } from '../../content/slots.ts';
import { buildServices } from '../../pipeline/build-services.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Arguments, CommandContext } from '../command.ts';
import type { Renderer } from '../progress/renderer.ts';
import { registryFlags } from '../registry-options.ts';
import { parseCacheLocation } from './flag-values.ts';

/** What the flags of `build` want of the engine. */
export function servicesOf(
  request: BuildRequest,
  args: Arguments,
  context: CommandContext,
  engine: Engine,
  progress: Renderer,
  slots?: Slots,
): Promise<{ services: BuildServices; exports(result: BuildResult): Promise<void> }> {
  const locations = (flag: 'cache-from' | 'cache-to') =>
    args.list(flag).map((value) => parseCacheLocation(flag, value, context.cwd));
  return buildServices(engine, {
    progress,
    signal: context.signal,
    jobs: request.jobs,
    ...(slots === undefined ? {} : { slots }),
    cacheFrom: locations('cache-from'),
    cacheTo: locations('cache-to'),
    registry: registryFlags(args, { mirrors: true }),
  });
}
