import { join } from 'node:path';
import { type IgnoreMatcher, parseIgnore } from '../dockerfile/ignore.ts';
import { didYouMean, type SourceLocation } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import type { Platform } from '../oci/platform.ts';
import type { BaseImage, BaseImages } from './base.ts';
import type { CopySource } from './context/entry.ts';
import { BuildContext } from './context.ts';
import { BuildError } from './error.ts';
import type { BuildRequest } from './request.ts';
import type { BuildServices } from './services.ts';

/** The build context and the named ones, each opened when a step first reads from it. */
export class BuildContexts {
  readonly #request: BuildRequest;
  readonly #services: BuildServices;
  readonly #folders = new Map<string, Promise<BuildContext>>();

  constructor(request: BuildRequest, services: BuildServices) {
    this.#request = request;
    this.#services = services;
  }

  /** The main context, or a named folder. */
  folder(name: string | undefined, location: SourceLocation): Promise<BuildContext> {
    const key = name ?? '';
    const opened = this.#folders.get(key) ?? this.#open(name, location);
    this.#folders.set(key, opened);
    return opened;
  }

  /** Files of nowhere, for COPY that brings its own. */
  none(): CopySource {
    return NOTHING;
  }

  /** What a named context is; images are resolved. */
  async named(
    name: string,
    platform: Platform,
    location: SourceLocation,
    bases: BaseImages,
  ): Promise<{ image: BaseImage } | { folder: true }> {
    const context = this.#request.contexts.get(name);
    if (context === undefined)
      throw new BuildError(
        'unknown-stage',
        `there is no build context "${name}"${didYouMean(name, this.#request.contexts.keys())}`,
        { location },
      );
    if (context.kind === 'folder') return { folder: true };
    if (context.kind === 'image') return { image: await bases.find(context.reference, platform, location) };
    const { layoutImage } = await import('./layout-context.ts');
    return { image: await layoutImage(name, context, platform, this.#services, location) };
  }

  async close(): Promise<void> {
    for (const opened of this.#folders.values()) {
      const context = await opened.catch(() => undefined);
      // What was learnt of the files only makes the next build faster.
      await context?.close().catch(() => {});
    }
  }

  async #open(name: string | undefined, location: SourceLocation): Promise<BuildContext> {
    const request = this.#request;
    const cacheFolder = join(this.#services.root, 'cache', 'context');
    if (name !== undefined) {
      const context = request.contexts.get(name);
      if (context?.kind !== 'folder')
        throw new BuildError('unknown-stage', `build context "${name}" is not a folder`, { location });
      return BuildContext.open({
        folder: context.path,
        name: `context ${name}`,
        cacheFolder,
        ...(await ignoreOption(join(context.path, '.dockerignore'))),
      });
    }
    if (request.context === undefined) {
      throw new BuildError('bad-option', 'there is no build context to read files from', {
        location,
        hint: 'give a folder instead of "-", or use a heredoc: COPY <<EOF /path',
      });
    }
    const own =
      request.dockerfile.path === undefined ? undefined : await ignoreOption(`${request.dockerfile.path}.dockerignore`);
    const ignore = own?.ignore === undefined ? await ignoreOption(join(request.context, '.dockerignore')) : own;
    return BuildContext.open({ folder: request.context, cacheFolder, ...ignore });
  }
}

const NOTHING: CopySource = {
  name: 'nothing',
  root: async () => '/',
  find: async () => undefined,
  names: async () => [],
  tree: () => [],
};

async function ignoreOption(file: string): Promise<{ ignore?: IgnoreMatcher }> {
  const text = await readTextIfThere(file);
  return text === undefined ? {} : { ignore: parseIgnore(text, file) };
}
