import type { Stage, Word } from '../dockerfile/instruction.ts';
import { didYouMean, type SourceLocation } from '../errors.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { BaseImage } from './base.ts';
import { cacheKey } from './cache-key.ts';
import { BuildError } from './error.ts';
import type { GraphOptions, ReadSource } from './graph-options.ts';
import { mergeEnvironment } from './ops/config-change.ts';
import { emptyConfig, fromOp, scratchOp } from './ops/from.ts';
import type { SharedVertices } from './shared-vertices.ts';
import type { Source } from './stages.ts';
import type { Vertex } from './vertex.ts';

/** The search path that every image gets whose base has none. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a stage stands on, when that is no other stage. */
export interface StageBase {
  vertex: Vertex;
  /** The whole config, triggers included. */
  config: ImageConfig;
  title: string;
  /** It is a step of its own on the display. */
  shown: boolean;
  fetched: boolean;
}

/** Images, empty roots and folders as vertices: what stages begin with, and what COPY and mounts read. */
export class StageBases {
  readonly #options: GraphOptions;
  readonly #shared: SharedVertices;

  constructor(options: GraphOptions, shared: SharedVertices) {
    this.#options = options;
    this.#shared = shared;
  }

  /** The vertex that a stage begins with, when it does not begin with another stage. */
  async root(stage: Stage, source: Exclude<Source, { kind: 'stage' }>, platform: Platform): Promise<StageBase> {
    const { services } = this.#options;
    const { location } = stage.from.base;
    if (source.kind === 'image')
      return this.#imageRoot(await this.image(source.name, stage, platform, location), stage.from.base, platform);
    const config = withPath(emptyConfig(platform));
    const empty = this.#shared.intern(
      { inputs: [], op: scratchOp(config, services), platform, name: 'FROM scratch', location },
      cacheKey('scratch', [['platform', formatPlatform(platform)]]),
    );
    if (source.kind === 'scratch') return { vertex: empty, config, title: 'scratch', shown: false, fetched: true };
    const found = await this.#options.context(source.name, platform, location);
    if ('image' in found) return this.#imageRoot(found.image, stage.from.base, platform);
    return {
      vertex: await this.#options.folderRoot(source.name, empty),
      config,
      title: source.name,
      shown: false,
      fetched: true,
    };
  }

  #imageRoot(base: BaseImage, word: Word, platform: Platform): StageBase {
    // The triggers are the child's to run: they do not stay in its config.
    const full = withPath(base.config);
    const { OnBuild: _, ...run } = full.config ?? {};
    const config: ImageConfig = { ...full, config: run };
    const vertex = this.#shared.intern(
      {
        inputs: [],
        op: fromOp(base, config, this.#options.services),
        platform,
        name: `FROM ${base.name}`,
        location: word.location,
      },
      cacheKey('from', [['digest', base.descriptor.digest]]),
    );
    return { vertex, config: full, title: base.name, shown: true, fetched: base.fetchLayers === undefined };
  }

  /** The image of a name that is no stage. */
  async image(name: string, stage: Stage, platform: Platform, location: SourceLocation): Promise<BaseImage> {
    try {
      return await this.#options.base(name, platform, location);
    } catch (error) {
      throw this.#orStage(error, name, stage, location);
    }
  }

  /** An empty root, to read. */
  emptyToRead(platform: Platform): ReadSource {
    const op = scratchOp(emptyConfig(platform), this.#options.services);
    return {
      kind: 'vertex',
      vertex: this.#shared.intern(
        { inputs: [], op, platform, name: 'scratch' },
        cacheKey('scratch', [['bare', formatPlatform(platform)]]),
      ),
      name: 'scratch',
    };
  }

  /** An image's root, to read. */
  toRead(base: BaseImage, platform: Platform, name: string): ReadSource {
    const vertex = this.#shared.intern(
      { inputs: [], op: fromOp(base, base.config, this.#options.services), platform, name: `FROM ${base.name}` },
      cacheKey('image', [['digest', base.descriptor.digest]]),
    );
    return { kind: 'vertex', vertex, name: `image ${name}` };
  }

  /** A name that is no stage is taken for an image: when there is none such, a misspelt stage is likely. */
  #orStage(error: unknown, name: string, stage: Stage, location: SourceLocation): unknown {
    const earlier = this.#options.stages.names().slice(0, stage.index);
    const guess = didYouMean(name, earlier);
    if (guess === '' || !(error instanceof BuildError)) return error;
    return new BuildError('unknown-stage', `there is no stage or image "${name}"${guess}`, { cause: error, location });
  }
}

function withPath(config: ImageConfig): ImageConfig {
  const env = config.config?.Env ?? [];
  if (env.some((entry) => entry.startsWith('PATH='))) return config;
  return { ...config, config: { ...config.config, Env: [`PATH=${DEFAULT_PATH}`, ...mergeEnvironment(env, [])] } };
}
