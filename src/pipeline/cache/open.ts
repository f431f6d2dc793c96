import type { BundleCache } from '../../cache/bundle.ts';
import { Meter } from '../../cache/metered.ts';
import type { CacheContext, OpenedCache } from './context.ts';
import type { CacheLocation } from './location.ts';

/** The records that are there; layers and cache mounts come when they are needed. Undefined: there is none yet. */
export async function openCache(
  { engine, options, actions, lazy }: CacheContext,
  location: CacheLocation,
): Promise<Pick<OpenedCache, 'cache' | 'meter' | 'entries'> | undefined> {
  const store = await engine.content();
  const { progress, signal } = options;
  const meter = new Meter();
  const common = { progress, signal, meter };
  let cache: BundleCache;
  switch (location.type) {
    case 'local': {
      const { importDirectory } = await import('../../cache/directory.ts');
      const { folder, tag, digest } = location;
      cache = await importDirectory(folder, store, { tag, digest, lazy, ...common });
      break;
    }
    case 'registry': {
      const [{ importRegistry }, client] = await Promise.all([
        import('../../cache/registry.ts'),
        engine.registry(options.registry ?? {}),
      ]);
      const { reference } = location;
      cache = await importRegistry(client.repository(reference), reference, lazy, store, common);
      break;
    }
    case 'gha': {
      const { importActions } = await import('../../cache/actions/import.ts');
      const found = await importActions(await actions.service(), location.scope, lazy, store, common);
      return found && { ...found, meter };
    }
  }
  return { cache, meter };
}
