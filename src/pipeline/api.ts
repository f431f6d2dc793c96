import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { BuildRequest } from '../build/request.ts';
import type { ContainerOptions } from '../container/options.ts';
import { findImage } from '../content/image-list.ts';
import { withLease } from '../content/lease.ts';
import type { Image } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { hostPlatform, type Platform, parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { type Progress, silent } from '../progress.ts';
import type { ExitReport } from '../reports.ts';
import { buildServices } from './build-services.ts';
import { containerBase } from './container-base.ts';
import type { Engine } from './wire.ts';

/** What every call takes: how it tells about itself, and how it is stopped. */
export interface CallOptions {
  progress?: Progress;
  signal?: AbortSignal;
}

export interface BuildOptions extends CallOptions {
  /** Folder with the build context. */
  context: string;
  /** Path of the Dockerfile; default `Dockerfile` in the context. */
  file?: string;
  target?: string;
  /** Names that the image gets in the store. */
  tags?: readonly string[];
  buildArgs?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  /** `linux/amd64`, …; several make an index. Default: this machine's. */
  platforms?: readonly string[];
  /** id → path of a file; its content is in no layer, key or log. */
  secrets?: Readonly<Record<string, string>>;
  noCache?: boolean;
  /** Ask the registry for a newer base even when one is in the store. */
  pull?: boolean;
  /** Say in the progress why steps were not cached. */
  explain?: boolean;
  /** SOURCE_DATE_EPOCH, seconds. */
  epoch?: number;
}

export interface RunOptions
  extends CallOptions,
    Omit<ContainerOptions, 'command' | 'tty' | 'interactive' | 'autoRemove'> {
  platform?: string;
  stdout?: Writable;
  stderr?: Writable;
}

export interface RunResult extends ExitReport {
  /** The last 16 MiB of what the program wrote; empty when a stream was given for it. */
  stdout: string;
  stderr: string;
}

/** The engine as a library: images are built, run, pulled and pushed in one local store. */
export class Containerize {
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Builds a Dockerfile. The image is in the store under its tags, or without a name when there are none. */
  async build(options: BuildOptions): Promise<Image> {
    const { progress = silent, signal = new AbortController().signal } = options;
    const request = await requestOf(options);
    const [{ build }, content, refs] = await Promise.all([
      import('../build/build.ts'),
      this.engine.content(),
      this.engine.refs(),
    ]);
    // until a name leads to it, nothing but the lease keeps gc from what the build made
    return withLease(content, async () => {
      const { services } = await buildServices(this.engine, { progress, signal, jobs: request.jobs });
      const { descriptor, images } = await build(request, services);
      for (const { result } of images) await result.fetchLayers();
      const names = (options.tags ?? []).map(nameOf);
      if (names.length === 0) await refs.addUntagged(descriptor);
      else await refs.update(names.map((name) => ({ name, descriptor })));
      return { descriptor, content };
    });
  }

  /** Runs a command in a fresh container of an image, waits for its end and removes the container. A failing program is a result, not an error. */
  async run(image: string, command: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> {
    const { progress = silent, signal, platform, stdout, stderr, ...container } = options;
    const [content, containers] = await Promise.all([this.engine.content(), this.engine.containers()]);
    const made = await withLease(content, async () => {
      const base = await containerBase(this.engine, image, {
        platform: platform === undefined ? undefined : parsePlatform(platform),
        progress,
        signal,
      });
      return containers.create(base, { network: 'none', ...container, command, autoRemove: true });
    });
    const [out, err] = [new Collected(), new Collected()];
    let ended = false;
    try {
      const running = await made.startForeground(
        { stdin: 'null', stdout: stdout ?? out, stderr: stderr ?? err },
        signal === undefined ? {} : { signal },
      );
      await running.started;
      const report = await running.exit;
      await running.finished;
      ended = true;
      return { ...report, stdout: out.text(), stderr: err.text() };
    } finally {
      // asked about itself it would wait for its keeper, which is this process, to write down an end that --rm leaves out
      await (ended ? made.removeEnded() : made.remove({ force: true, volumes: true }));
    }
  }

  /** Brings an image into the store under its name. */
  async pull(name: string, options: CallOptions & { platform?: string | 'all' } = {}): Promise<Image> {
    const reference = withDefaultTag(parseReference(name));
    const [{ pullImage }, client, store, refs, sources] = await Promise.all([
      import('../registry/pull.ts'),
      this.engine.registry(),
      this.engine.content(),
      this.engine.refs(),
      this.engine.registrySources(),
    ]);
    const { platform } = options;
    return withLease(store, async () => {
      const image = await pullImage(client, reference, store, {
        platform: platform === undefined || platform === 'all' ? platform : parsePlatform(platform),
        progress: options.progress,
        signal: options.signal,
        sources,
      });
      await refs.set(formatReference(reference), image.descriptor);
      return image;
    });
  }

  /** Sends the image that the store has under this name to the registry of the name. Returns what the tag names now. */
  async push(name: string, options: CallOptions = {}): Promise<Descriptor> {
    const reference = withDefaultTag(parseReference(name));
    const [{ pushImage }, client, image, sources] = await Promise.all([
      import('../registry/push.ts'),
      this.engine.registry(),
      this.find(name),
      this.engine.registrySources(),
    ]);
    return pushImage(client, image, reference, { progress: options.progress, signal: options.signal, sources });
  }

  /** Gives an image another name. */
  async tag(source: string, target: string): Promise<void> {
    const [image, refs] = await Promise.all([this.find(source), this.engine.refs()]);
    await refs.set(nameOf(target), image.descriptor);
  }

  /** An image of the store, by name, ID or the beginning of an ID. */
  async find(name: string): Promise<Image> {
    const [content, refs] = await Promise.all([this.engine.content(), this.engine.refs()]);
    const { descriptor } = await findImage(content, refs, name);
    return { descriptor, content };
  }
}

function nameOf(text: string): string {
  return formatReference(withDefaultTag(parseReference(text)));
}

async function requestOf(options: BuildOptions): Promise<BuildRequest> {
  const context = resolve(options.context);
  const path = options.file === undefined ? join(context, 'Dockerfile') : resolve(options.file);
  const platforms: readonly Platform[] = options.platforms?.map((text) => parsePlatform(text)) ?? [hostPlatform()];
  return {
    dockerfile: { text: await readFile(path, 'utf8'), name: options.file ?? 'Dockerfile', path },
    context,
    contexts: new Map(),
    ...(options.target === undefined ? {} : { target: options.target }),
    buildArgs: options.buildArgs ?? {},
    platforms,
    noCache: options.noCache ?? false,
    noCacheFilter: [],
    pull: options.pull ? 'always' : 'missing',
    secrets: new Map(Object.entries(options.secrets ?? {}).map(([id, file]) => [id, { file: resolve(file) }])),
    ssh: new Map(),
    labels: options.labels ?? {},
    annotations: () => ({ manifest: {}, manifestDescriptor: {}, index: {} }),
    network: 'default',
    addHosts: [],
    ulimits: [],
    limits: {},
    allow: new Set(),
    ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
    rewriteTimestamp: false,
    compression: { type: 'gzip' },
    family: 'oci',
    explain: options.explain ?? false,
    jobs: Math.max(2, availableParallelism()),
  };
}

/** Keeps the last part of what is written: output of a program that a caller did not ask to stream. */
class Collected extends Writable {
  static readonly most = 16 * 1024 * 1024;
  #chunks: Buffer[] = [];
  #size = 0;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size - this.#chunks[0]!.length >= Collected.most) this.#size -= this.#chunks.shift()!.length;
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
