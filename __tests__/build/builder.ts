import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll } from '@jest/globals';
import { parseArguments } from '../../src/cli/arguments.ts';
import type { CommandContext } from '../../src/cli/command.ts';
import { command } from '../../src/cli/commands/build.ts';
import { formatError } from '../../src/cli/print-error.ts';
import { decompress } from '../../src/content/archive/decompress.ts';
import { readTar } from '../../src/content/archive/tar-reader.ts';
import { type LoadedImage, loadImage } from '../../src/content/image.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import type { Layer } from '../../src/content/store.ts';
import { compressionOf } from '../../src/oci/media-type.ts';
import { hostPlatform, type Platform } from '../../src/oci/platform.ts';
import { openEngine } from '../../src/pipeline/wire.ts';
import { busyboxImage, type ImageParts } from '../helpers/busybox-image.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';

export interface Built {
  code: number;
  /** What the user saw: progress in plain form. */
  log: string;
  stdout: string;
  /** The error as it is printed, empty when there was none. */
  error: string;
  /** The error itself. */
  thrown: unknown;
}

export interface BuildOptions {
  args?: string[];
  stdin?: string | Buffer;
  /** False: `build -`. */
  context?: boolean;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** A state folder with a busybox image, and `containerize build` on folders of files. */
export class Builder {
  readonly folder: string;
  readonly root: string;
  readonly run: string;
  /** As inside GitHub Actions. */
  inActions = false;
  /** Of the process that the engine is in. */
  env: Record<string, string> = {};
  /** How the program is started again. */
  self: readonly string[] | undefined;
  #contexts = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, 'root');
    this.run = join(folder, 'run');
  }

  static async open(name: string, parts: ImageParts = {}): Promise<Builder> {
    const folder = makeScratch(name);
    afterAll(() => rm(folder, { recursive: true, force: true }));
    const builder = new Builder(folder);
    await builder.addImage('docker.io/library/busybox:latest', parts);
    return builder;
  }

  async store(): Promise<LayoutStore> {
    return LayoutStore.open(join(this.root, 'content'));
  }

  async addImage(name: string, parts: ImageParts = {}): Promise<void> {
    const store = await this.store();
    await new Refs(store).set(name, (await busyboxImage(store, parts)).descriptor);
  }

  /** A new context folder with these files. */
  async context(files: Record<string, string | Buffer>): Promise<string> {
    const folder = join(this.folder, `context-${this.#contexts++}`);
    await this.write(folder, files);
    return folder;
  }

  async write(folder: string, files: Record<string, string | Buffer>): Promise<void> {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }

  /** `containerize build ARGS` in a folder. */
  async build(folder: string, options: BuildOptions = {}): Promise<Built> {
    const { args = [], env = {}, stdin = '', signal = new AbortController().signal } = options;
    const given = ['--progress', 'plain', ...args, ...(options.context === false ? ['-'] : ['.'])];
    const parsed = parseArguments(command, given);
    if (parsed.help) throw new Error('help');
    const [stdout, stderr] = [new Capture(), new Capture()];
    const context: CommandContext = {
      io: {
        stdin: Readable.from([Buffer.from(stdin as string)], { objectMode: false }),
        stdout,
        stderr,
        isTerminal: { stdin: false, stdout: false, stderr: false },
        inheritable: false,
        size: () => ({ columns: 80, rows: 24 }),
        onResize: () => () => {},
        setRawMode() {},
        onSignal: () => () => {},
      },
      env,
      cwd: folder,
      home: folder,
      owner: { uid: process.getuid!(), gid: process.getgid!() },
      signal,
      engine: () => this.engine(),
    };
    try {
      const code = await command.run(parsed.arguments, context);
      return { code, log: stderr.text(), stdout: stdout.text(), error: '', thrown: undefined };
    } catch (thrown) {
      return { code: 1, log: stderr.text(), stdout: stdout.text(), error: formatError(thrown), thrown };
    }
  }

  /** Builds and expects success; files of the Dockerfile's folder come with it. */
  async ok(
    dockerfile: string,
    options: BuildOptions & { files?: Record<string, string | Buffer> } = {},
  ): Promise<Built> {
    const folder = await this.context({ Dockerfile: dockerfile, ...options.files });
    const built = await this.build(folder, { ...options, args: ['-t', 'result', ...(options.args ?? [])] });
    if (built.thrown) throw new Error(`${built.log}\n${built.error}`, { cause: built.thrown });
    return built;
  }

  /** Builds and expects failure; gives the printed error. */
  async fails(
    dockerfile: string,
    options: BuildOptions & { files?: Record<string, string | Buffer> } = {},
  ): Promise<string> {
    const built = await this.build(await this.context({ Dockerfile: dockerfile, ...options.files }), options);
    if (!built.thrown) throw new Error(`the build succeeded:\n${built.log}`);
    return built.error;
  }

  async engine() {
    return openEngine({
      root: this.root,
      run: this.run,
      helper: makeHelper().binary,
      rootless: false,
      proxies: {},
      dockerConfig: join(this.folder, 'docker'),
      registryFiles: [],
      env: this.env,
      ...(this.self === undefined ? {} : { self: this.self }),
      ci: false,
      inActions: this.inActions,
    });
  }

  async image(name = 'result', platform: Platform = hostPlatform()): Promise<LoadedImage> {
    const store = await this.store();
    const descriptor = await new Refs(store).get(`docker.io/library/${name}:latest`);
    if (!descriptor) throw new Error(`no image ${name}`);
    return loadImage({ descriptor, content: store }, platform);
  }

  async digest(name = 'result'): Promise<string> {
    return (await new Refs(await this.store()).get(`docker.io/library/${name}:latest`))!.digest;
  }

  /** Entries of the last `count` layers of an image: path → content or kind. */
  async files(count: number, name = 'result'): Promise<Record<string, string>> {
    const { layers } = await this.image(name);
    const found: Record<string, string> = {};
    for (const layer of layers.slice(layers.length - count)) Object.assign(found, await this.layerFiles(layer));
    return found;
  }

  async layerFiles(layer: Layer): Promise<Record<string, string>> {
    const store = await this.store();
    const found: Record<string, string> = {};
    const plain = decompress(await store.fetch(layer.descriptor), compressionOf(layer.descriptor.mediaType), 'layer');
    for await (const entry of readTar(plain, 'layer')) {
      if (entry.type !== 'file') {
        found[entry.name.replace(/\/$/, '')] = entry.type === 'symlink' ? `-> ${entry.linkname}` : entry.type;
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry.body) chunks.push(chunk as Buffer);
      found[entry.name] = Buffer.concat(chunks).toString();
    }
    return found;
  }
}

class Capture extends PassThrough {
  readonly #chunks: Buffer[] = [];

  constructor() {
    super();
    this.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
