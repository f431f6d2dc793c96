import { findImage } from '../content/image-list.ts';
import { withLease } from '../content/lease.ts';
import type { Image } from '../content/store.ts';
import { ContainerizeError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { silent } from '../progress.ts';
import type { ReleaseReport, TestReport } from '../reports.ts';
import type { TestSpec } from '../testing/spec.ts';
import { requestOf } from './api-request.ts';
import type {
  BuildOptions,
  CallOptions,
  MergeOptions,
  PublishOptions,
  ReleaseOptions,
  RunOptions,
  RunResult,
  TestOptions,
  TestRunOptions,
} from './api-types.ts';
import { buildServices } from './build-services.ts';
import { Collected } from './collected.ts';
import { containerBase } from './container-base.ts';
import type { Merged } from './publish/merge.ts';
import type { PublishedPlace, PublishServices } from './publish/publish.ts';
import type { Engine } from './wire.ts';

export type {
  BuildOptions,
  CallOptions,
  MergeOptions,
  PublishOptions,
  ReleaseOptions,
  RunOptions,
  RunResult,
  TestOptions,
  TestRunOptions,
} from './api-types.ts';

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

  /** Tests an image, each test in a fresh container without a network unless it asks for one. A failing test is a result, not an error. */
  async test(image: string, tests: readonly TestOptions[], options: TestRunOptions = {}): Promise<TestReport> {
    const { progress = silent, signal = new AbortController().signal, jobs, shard, output, platform } = options;
    const [{ testImage }, { testSpec }, { parseShard }, { outputFolder }] = await Promise.all([
      import('./test/image.ts'),
      import('../testing/spec.ts'),
      import('../testing/shard.ts'),
      import('../testing/output-folder.ts'),
    ]);
    const owner = { uid: process.getuid!(), gid: process.getgid!() };
    const request = {
      image,
      tests: tests.map((test) =>
        testSpec(typeof test === 'string' || Array.isArray(test) ? { run: test } : (test as Partial<TestSpec>)),
      ),
      ...(jobs === undefined ? {} : { jobs }),
      ...(shard === undefined ? {} : { shard: parseShard(shard) }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
      ...(output === undefined ? {} : { output: await outputFolder(output, process.cwd(), owner) }),
      repository: { folder: process.cwd(), context: '.' },
    };
    return testImage(this.engine, request, { progress, signal });
  }

  /** Makes a channel, `ghcr.io/owner/app:production`, name an image of its repository: a tag or a digest. */
  release(channel: string, source: string, options: ReleaseOptions = {}): Promise<ReleaseReport> {
    return this.#move('release', channel, { source }, options);
  }

  /** Makes a channel name what another one names, here or in another registry. */
  promote(source: string, channel: string, options: ReleaseOptions = {}): Promise<ReleaseReport> {
    return this.#move('promote', channel, { source }, options);
  }

  /** Takes a channel back: to `previous`, `previous~2`, a tag, a version or a digest. */
  rollback(channel: string, to = 'previous', options: ReleaseOptions = {}): Promise<ReleaseReport> {
    return this.#move('rollback', channel, { to }, options);
  }

  async #move(
    action: 'release' | 'promote' | 'rollback',
    channel: string,
    what: { source?: string; to?: string },
    { smoke, dryRun = false, force = false, who = 'library', progress = silent, signal }: ReleaseOptions,
  ): Promise<ReleaseReport> {
    const [{ releaseChannel, repositoryName }, { smokeGate }] = await Promise.all([
      import('./release/channel.ts'),
      import('./release/smoke-gate.ts'),
    ]);
    const reference = parseReference(channel);
    if (reference.tag === undefined)
      throw new ContainerizeError('bad-channel', `which channel of ${channel}? name it as its tag`, {
        hint: 'for example ghcr.io/owner/app:production',
      });
    const repository = repositoryName(reference);
    const { source, ...rest } = what;
    // beside a channel a bare tag or digest is meant, as on the command line
    const named =
      source === undefined
        ? {}
        : { source: /[/]/.test(source) ? source : `${repository}${source.startsWith('sha256:') ? '@' : ':'}${source}` };
    return releaseChannel(this.engine, {
      action,
      repositories: [repository],
      channel: reference.tag,
      ...named,
      ...rest,
      dryRun,
      force,
      who,
      gates: smoke === undefined ? [] : [smokeGate(this, smoke)],
      progress,
      signal,
    });
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

  /** Sends an image of the store to any number of registries: by digest first, tags last. Returns what each has. */
  async publish(source: string, names: readonly string[], options: PublishOptions = {}): Promise<PublishedPlace[]> {
    const [{ publishImage }, image] = await Promise.all([import('./publish/publish.ts'), this.find(source)]);
    return publishImage(await this.#registries(), { image, names, ...guarded(options) });
  }

  /** Makes one index of images that were pushed by digest, a platform each, once all of them are whole. */
  async merge(names: readonly string[], digests: readonly Digest[], options: MergeOptions = {}): Promise<Merged> {
    const { mergeImages } = await import('./publish/merge.ts');
    const { platforms } = options;
    return mergeImages(await this.#registries(), {
      names,
      digests,
      ...(platforms === undefined ? {} : { platforms }),
      ...guarded(options),
    });
  }

  async #registries(): Promise<PublishServices> {
    const [client, sources] = await Promise.all([this.engine.registry(), this.engine.registrySources()]);
    return { client, sources };
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

function guarded({ version, progress = silent, signal }: PublishOptions) {
  return { guard: version === undefined ? undefined : { version }, progress, signal };
}
