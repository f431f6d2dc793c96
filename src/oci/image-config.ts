import { ContainerizeError } from '../errors.ts';
import { type Digest, isDigest, sha256 } from './digest.ts';
import type { Platform } from './platform.ts';

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
  rootfs: { type: 'layers'; diff_ids: Digest[] };
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

export class ImageConfigError extends ContainerizeError<'invalid-image-config'> {}

/** Reads a config blob, checking what we rely on; unknown fields are kept. */
export function parseImageConfig(bytes: Uint8Array, where: string): ImageConfig {
  const fail = (what: string): never => {
    throw new ImageConfigError('invalid-image-config', `${where}: ${what}`);
  };
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return fail('expected a JSON image config');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('expected a JSON object');
  const v = value as ImageConfig;
  if (typeof v.os !== 'string' || typeof v.architecture !== 'string') return fail('expected os and architecture');
  const ids: unknown = v.rootfs?.diff_ids ?? [];
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string' && isDigest(id)))
    return fail('expected rootfs.diff_ids to be a list of digests');
  if (v.config !== undefined && v.config !== null && typeof v.config !== 'object')
    return fail('expected config to be an object');
  if (!Array.isArray(v.config?.Env ?? [])) return fail('expected config.Env to be a list');
  return { ...v, rootfs: { type: 'layers', diff_ids: ids as Digest[] } };
}

export function platformOf(config: ImageConfig): Platform {
  return {
    os: config.os,
    architecture: config.architecture,
    ...(config.variant ? { variant: config.variant } : {}),
    ...(config['os.version'] ? { 'os.version': config['os.version'] } : {}),
    ...(config['os.features'] ? { 'os.features': config['os.features'] } : {}),
  };
}

/** Identity of a stack of layers, unpacked in this order: OCI image-spec, config.md § Layer ChainID. */
export function chainId(diffIds: readonly Digest[]): Digest | undefined {
  return diffIds.reduce<Digest | undefined>(
    (chain, id) => (chain === undefined ? id : sha256(`${chain} ${id}`)),
    undefined,
  );
}
