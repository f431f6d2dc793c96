import { join } from 'node:path';
import type { LocalCache } from '../cache/local.ts';
import type { CacheMounts } from '../cache/mounts.ts';
import type { Containers } from '../container/containers.ts';
import type { Volumes } from '../container/volumes.ts';
import type { LayoutStore } from '../content/layout-store.ts';
import type { Refs } from '../content/refs.ts';
import { messageOf } from '../errors.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { CredentialSource, DockerConfig } from '../registry/credentials.ts';
import type { ImageRegistry } from '../registry/image-registry.ts';
import type { KnownSources } from '../registry/known-sources.ts';
import type { RegistryFlags } from '../registry/open.ts';
import type { Helper } from '../runtime/helper.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import { prepareStateRoot } from './store/root.ts';

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
  /** How this program is started again, flags before the command included: for what outlives a command. */
  self?: readonly string[] | undefined;
  ci: boolean;
  /** Inside GitHub Actions `FROM name:tag` asks the registry first. */
  inActions: boolean;
}

/** Everything that a command can work with. Each part is loaded and opened once, when it is first asked for. */
export class Engine {
  readonly settings: EngineSettings;
  readonly #opened = new Map<string, Promise<unknown>>();

  /** Hears what could not be given but does not stop the work: a limit, a capability. */
  onWarning: ((message: string) => void) | undefined;

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
  registry(flags: RegistryFlags = {}): Promise<RegistryClient> {
    return this.lazy(`registry ${JSON.stringify([flags.insecure ?? [], flags.mirrors ?? []])}`, async () =>
      this.registryAs(await this.credentials(), flags),
    );
  }

  /** As `registry`, with other credentials than the user's stored ones. */
  async registryAs(credentials: CredentialSource, flags: RegistryFlags = {}): Promise<RegistryClient> {
    const { openRegistryClient } = await import('../registry/open.ts');
    const { proxies, extraCa, registryFiles } = this.settings;
    return openRegistryClient({ proxies, extraCa, files: registryFiles, flags, credentials });
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
  imageRegistry(flags: RegistryFlags = {}): Promise<ImageRegistry> {
    return this.lazy(`image-registry ${JSON.stringify([flags.insecure ?? [], flags.mirrors ?? []])}`, async () => {
      const { ImageRegistry } = await import('../registry/image-registry.ts');
      const [client, store, refs, sources] = await Promise.all([
        this.registry(flags),
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

  /** The native helper. */
  helper(): Promise<Helper> {
    return this.lazy('helper', async () => {
      const { Helper } = await import('../runtime/helper.ts');
      return new Helper(this.settings.helper);
    });
  }

  /** Starts containers and processes in them. */
  runtime(): Promise<Runtime> {
    return this.lazy('runtime', async () => {
      const { Runtime } = await import('../runtime/runtime.ts');
      return new Runtime({
        helper: await this.helper(),
        runFolder: this.settings.run,
        onWarning: (message) => this.onWarning?.(message),
      });
    });
  }

  /** Root filesystems made of layers. */
  snapshots(): Promise<Snapshotter> {
    return this.lazy('snapshots', async () => {
      const { openSnapshotter } = await import('../snapshot/open.ts');
      const options = {
        folder: join(this.settings.root, 'snapshots'),
        helper: await this.helper(),
        rootless: this.settings.rootless,
        ignoreOwner: this.settings.rootless && (await mapsOneId()),
      };
      return openSnapshotter(options, (reason) =>
        this.onWarning?.(
          `overlayfs cannot be used in ${options.folder} (${messageOf(reason)}): layers are copied, which takes time and space; choose a --root on another file system`,
        ),
      );
    });
  }

  volumes(): Promise<Volumes> {
    return this.lazy('volumes', async () => {
      const { Volumes } = await import('../container/volumes.ts');
      return new Volumes(this.settings.root);
    });
  }

  /** Containers, running and stopped. */
  containers(): Promise<Containers> {
    return this.lazy('containers', async () => {
      const [{ Containers }, { ContainerStore }] = await Promise.all([
        import('../container/containers.ts'),
        import('../container/container-store.ts'),
      ]);
      const { root, run, rootless } = this.settings;
      const [helper, runtime, snapshots, volumes] = await Promise.all([
        this.helper(),
        this.runtime(),
        this.snapshots(),
        this.volumes(),
      ]);
      const { self } = this.settings;
      return new Containers({
        store: new ContainerStore(root, run),
        helper,
        runtime,
        snapshots,
        volumes,
        rootless,
        ...(self === undefined ? {} : { supervise: (id: string) => startApart([...self, 'supervise', id]) }),
      });
    });
  }
}

export async function openEngine(settings: EngineSettings): Promise<Engine> {
  prepareStateRoot(settings.root);
  return new Engine(settings);
}

/** True in a user namespace that has root alone: files cannot belong to anybody else. */
async function mapsOneId(): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const lines = (await readFile('/proc/self/uid_map', 'latin1')).trim().split('\n');
  return lines.length === 1 && lines[0]!.trim().split(/\s+/)[2] === '1';
}

/** A process of its own, which goes on when we end. */
async function startApart([program, ...args]: readonly string[]): Promise<void> {
  const { spawn } = await import('node:child_process');
  spawn(program!, args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
}
