import { join } from 'node:path';
import type { LocalCache } from '../cache/local.ts';
import type { CacheMounts } from '../cache/mounts.ts';
import type { LayoutStore } from '../content/layout-store.ts';
import type { Refs } from '../content/refs.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { DockerConfig } from '../registry/credentials.ts';
import type { ImageRegistry } from '../registry/image-registry.ts';
import type { KnownSources } from '../registry/known-sources.ts';

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
  /** Files with mirrors and insecure registries, in the manner of docker's daemon.json; the first counts most. */
  registryFiles: readonly string[];
  /** What credential helpers are started with. */
  env: Readonly<Record<string, string | undefined>>;
  /** Who owns a credentials file that we make; absent: this process's user. */
  owner?: { uid: number; gid: number } | undefined;
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

  /** Speaks to registries; flags of one command come on top of the settings. */
  registry(flags: { insecure?: readonly string[]; mirrors?: readonly string[] } = {}): Promise<RegistryClient> {
    return this.lazy(`registry ${JSON.stringify([flags.insecure ?? [], flags.mirrors ?? []])}`, async () => {
      const [{ openRegistryClient }, credentials] = await Promise.all([
        import('../registry/open.ts'),
        this.credentials(),
      ]);
      const { proxies, extraCa, registryFiles } = this.settings;
      return openRegistryClient({ proxies, extraCa, files: registryFiles, flags, credentials });
    });
  }

  /** Docker's config.json: who we are to registries. */
  credentials(): Promise<DockerConfig> {
    return this.lazy('credentials', async () => {
      const { DockerConfig } = await import('../registry/credentials.ts');
      return new DockerConfig(this.settings.dockerConfig, this.settings.env, this.settings.owner);
    });
  }

  /** Which repositories hold which blobs, as far as we saw. */
  registrySources(): Promise<KnownSources> {
    return this.lazy('registry-sources', async () => {
      const { KnownSources } = await import('../registry/known-sources.ts');
      return new KnownSources(join(this.settings.root, 'registry', 'sources'));
    });
  }

  /** Base images for builds, their layers fetched when needed. */
  imageRegistry(): Promise<ImageRegistry> {
    return this.lazy('image-registry', async () => {
      const { ImageRegistry } = await import('../registry/image-registry.ts');
      const [client, store, refs, sources] = await Promise.all([
        this.registry(),
        this.content(),
        this.refs(),
        this.registrySources(),
      ]);
      return new ImageRegistry({ client, store, refs, sources });
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
