import { join } from 'node:path';
import type { ActionsEntries } from '../../cache/actions/entries.ts';
import type { ActionsSaved } from '../../cache/actions/export.ts';
import type { CacheService } from '../../cache/actions/protocol.ts';
import { CacheError } from '../../cache/bundle.ts';
import type { LayoutStore } from '../../content/layout-store.ts';
import type { ContentStore } from '../../content/store.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { EngineSettings } from '../wire.ts';
import type { CacheScope } from './location.ts';

/** Longest that saving one scope may take when nobody says, as in BuildKit. */
const SAVE_MS = 10 * 60_000;

/** GitHub's cache service, opened when a cache is first asked of it, and closed with the build. */
export class ActionsCaches {
  readonly #settings: EngineSettings;
  #service: Promise<CacheService> | undefined;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  service(): Promise<CacheService> {
    this.#service ??= this.#start();
    return this.#service;
  }

  async close(): Promise<void> {
    const service = await this.#service?.catch(() => undefined);
    this.#service = undefined;
    await service?.close();
  }

  async #start(): Promise<CacheService> {
    const { env, self, root, owner } = this.#settings;
    const { CacheServiceWorker, hasCacheService } = await import('../../cache/actions/worker.ts');
    if (!hasCacheService(env) || self === undefined)
      throw new CacheError('no-service', 'GitHub’s cache service is not here (ACTIONS_RUNTIME_TOKEN is not set)', {
        hint: 'the containerize action has it; steps with run: do not',
      });
    return CacheServiceWorker.start({ self, parent: join(root, 'build'), env, user: owner });
  }
}

/** Saves a bundle within the time that it may take; a save that is cut off leaves what was there before. */
export async function saveScope(
  service: CacheService,
  { scope, timeoutMs = SAVE_MS }: CacheScope,
  what: {
    bundle: Descriptor;
    from: ContentStore;
    store: LayoutStore;
    resultLayers: ReadonlySet<Digest>;
    before?: ActionsEntries | undefined;
    damaged?: ReadonlySet<string>;
    signal: AbortSignal;
  },
): Promise<ActionsSaved> {
  const { exportActions } = await import('../../cache/actions/export.ts');
  const { store, signal, ...rest } = what;
  const late = new AbortController();
  const why = `it took longer than ${timeoutMs / 1000} s`;
  const timer = setTimeout(() => {
    service.stop(why);
    late.abort(new CacheError('not-saved', why));
  }, timeoutMs);
  const stop = (): void => service.stop('cancelled');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await exportActions(service, {
      ...rest,
      scope,
      fileOf: async (blob) => ((await store.has(blob)) ? store.blobPath(blob) : undefined),
      now: new Date(),
      signal: AbortSignal.any([signal, late.signal]),
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
