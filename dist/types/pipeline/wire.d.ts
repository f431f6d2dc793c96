import type { LocalCache } from '../cache/local.js';
import type { CacheMounts } from '../cache/mounts.js';
import type { Containers } from '../container/containers.js';
import type { Volumes } from '../container/volumes.js';
import type { LayoutStore } from '../content/layout-store.js';
import type { Refs } from '../content/refs.js';
import type { RegistryClient } from '../registry/client.js';
import type { CredentialSource, DockerConfig } from '../registry/credentials.js';
import type { ImageRegistry } from '../registry/image-registry.js';
import type { KnownSources } from '../registry/known-sources.js';
import type { RegistryFlags } from '../registry/open.js';
import type { Helper } from '../runtime/helper.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Snapshotter } from '../snapshot/snapshotter.js';
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
    proxies: {
        http?: string | undefined;
        https?: string | undefined;
        no?: string | undefined;
    };
    /** File with certificates to trust beside the system's. */
    extraCa?: string | undefined;
    /** Folder of docker's config.json: credentials. */
    dockerConfig: string;
    /** Files with mirrors and insecure registries, in the manner of docker's daemon.json; the first counts most. */
    registryFiles: readonly string[];
    /** What credential helpers are started with. */
    env: Readonly<Record<string, string | undefined>>;
    /** Who owns a credentials file that we make; absent: this process's user. */
    owner?: {
        uid: number;
        gid: number;
    } | undefined;
    /** How this program is started again, flags before the command included: for what outlives a command. */
    self?: readonly string[] | undefined;
    ci: boolean;
    /** Inside GitHub Actions `FROM name:tag` asks the registry first. */
    inActions: boolean;
}
/** Everything that a command can work with. Each part is loaded and opened once, when it is first asked for. */
export declare class Engine {
    #private;
    readonly settings: EngineSettings;
    /** Hears what could not be given but does not stop the work: a limit, a capability. */
    onWarning: ((message: string) => void) | undefined;
    constructor(settings: EngineSettings);
    /** The same promise for every caller of one part; imports inside `open` keep start-up fast. */
    protected lazy<T>(name: string, open: () => Promise<T>): Promise<T>;
    /** Blobs: an OCI image layout. */
    content(): Promise<LayoutStore>;
    /** Names of images in the store. */
    refs(): Promise<Refs>;
    /** Speaks to registries; flags of one command come on top of the settings. */
    registry(flags?: RegistryFlags): Promise<RegistryClient>;
    /** As `registry`, with other credentials than the user's stored ones. */
    registryAs(credentials: CredentialSource, flags?: RegistryFlags): Promise<RegistryClient>;
    /** Docker's config.json: who we are to registries. */
    credentials(): Promise<DockerConfig>;
    /** Which repositories hold which blobs, as far as we saw. */
    registrySources(): Promise<KnownSources>;
    /** Base images for builds, their layers fetched when needed. */
    imageRegistry(flags?: RegistryFlags): Promise<ImageRegistry>;
    /** What build steps gave, by their keys. */
    cache(): Promise<LocalCache>;
    /** Folders of `RUN --mount=type=cache`. */
    cacheMounts(): Promise<CacheMounts>;
    /** The native helper. */
    helper(): Promise<Helper>;
    /** Starts containers and processes in them. */
    runtime(): Promise<Runtime>;
    /** Root filesystems made of layers. */
    snapshots(): Promise<Snapshotter>;
    volumes(): Promise<Volumes>;
    /** Containers, running and stopped. */
    containers(): Promise<Containers>;
}
export declare function openEngine(settings: EngineSettings): Promise<Engine>;
