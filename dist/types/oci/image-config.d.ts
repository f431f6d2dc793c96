import { ContainerizeError } from '../errors.js';
import { type Digest } from './digest.js';
import type { Platform } from './platform.js';
/** What an image runs and how it was made. OCI image-spec, config.md; Docker's additions are marked. */
export interface ImageConfig {
    created?: string;
    author?: string;
    architecture: string;
    os: string;
    variant?: string;
    'os.version'?: string;
    'os.features'?: string[];
    config?: RunConfig;
    rootfs: {
        type: 'layers';
        diff_ids: Digest[];
    };
    history?: HistoryEntry[];
}
/** The `config` object: defaults of a container. Durations are nanoseconds. */
export interface RunConfig {
    User?: string;
    ExposedPorts?: Record<string, Record<string, never>>;
    Env?: string[];
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Volumes?: Record<string, Record<string, never>>;
    WorkingDir?: string;
    Labels?: Record<string, string>;
    StopSignal?: string;
    /** Docker's. */
    ArgsEscaped?: boolean;
    /** Docker's. */
    Healthcheck?: Healthcheck;
    /** Docker's. */
    Shell?: string[];
    /** Docker's. */
    OnBuild?: string[];
}
export interface Healthcheck {
    Test?: string[];
    Interval?: number;
    Timeout?: number;
    StartPeriod?: number;
    StartInterval?: number;
    Retries?: number;
}
export interface HistoryEntry {
    created?: string;
    created_by?: string;
    author?: string;
    comment?: string;
    empty_layer?: boolean;
}
export declare class ImageConfigError extends ContainerizeError<'invalid-image-config'> {
}
/** Reads a config blob, checking what we rely on; unknown fields are kept. */
export declare function parseImageConfig(bytes: Uint8Array, where: string): ImageConfig;
export declare function platformOf(config: ImageConfig): Platform;
/** Identity of a stack of layers, unpacked in this order: OCI image-spec, config.md § Layer ChainID. */
export declare function chainId(diffIds: readonly Digest[]): Digest | undefined;
