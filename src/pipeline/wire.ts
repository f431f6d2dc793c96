import { join } from 'node:path';
import type { LocalCache } from '../cache/local.ts';
import type { CacheMounts } from '../cache/mounts.ts';
import type { LayoutStore } from '../content/layout-store.ts';
import type { Refs } from '../content/refs.ts';

/**
 * Chooses stores, caches and the runtime, each opened when first asked for. The only place where mechanisms meet.
 */
export interface EngineSettings {
  /** State that lasts: content, snapshots, cache, containers, volumes. */
  root: string;
  /** State of this boot: sockets, pid files, mounts. */
  run: string;
  /** The helper binary for this machine. */
  helper: string;
  /** We are root only inside a user namespace: overlay marks, device nodes and cgroups are limited. */
  rootless: boolean;
  /** As HTTP_PROXY, HTTPS_PROXY and NO_PROXY said. */
  proxies: { http?: string | undefined; https?: string | undefined; no?: string | undefined };
  /** File with certificates to trust beside the system's. */
  extraCa?: string | undefined;
  /** Folder of docker's config.json: credentials. */
  dockerConfig: string;
  ci: boolean;
  /** Inside GitHub Actions `FROM name:tag` asks the registry first. */
  inActions: boolean;
}

/** Everything that a command can work with. Each part is loaded and opened once, when it is first asked for. */
export class Engine {
  readonly settings: EngineSettings;
  readonly #opened = new Map<string, Promise<unknown>>();

  constructor(settings: EngineSettings) {
    this.settings = settings;
  }

  /** The same promise for every caller of one part; imports inside `open` keep start-up fast. */
  protected lazy<T>(name: string, open: () => Promise<T>): Promise<T> {
    let part = this.#opened.get(name) as Promise<T> | undefined;
    if (part === undefined) {
      part = open();
      this.#opened.set(name, part);
    }
    return part;
  }

  /** Blobs: an OCI image layout. */
  content(): Promise<LayoutStore> {
    return this.lazy('content', async () => {
      const { LayoutStore } = await import('../content/layout-store.ts');
      return LayoutStore.open(join(this.settings.root, 'content'));
    });
  }

  /** Names of images in the store. */
  refs(): Promise<Refs> {
    return this.lazy('refs', async () => {
      const { Refs } = await import('../content/refs.ts');
      return new Refs(await this.content());
    });
  }

  /** What build steps gave, by their keys. */
  cache(): Promise<LocalCache> {
    return this.lazy('cache', async () => {
      const { LocalCache } = await import('../cache/local.ts');
      return new LocalCache(join(this.settings.root, 'cache', 'records'));
    });
  }

  /** Folders of `RUN --mount=type=cache`. */
  cacheMounts(): Promise<CacheMounts> {
    return this.lazy('cache-mounts', async () => {
      const { CacheMounts } = await import('../cache/mounts.ts');
      return new CacheMounts(join(this.settings.root, 'cache', 'mounts'));
    });
  }
}

export async function openEngine(settings: EngineSettings): Promise<Engine> {
  return new Engine(settings);
}
