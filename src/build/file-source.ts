import type { SourceLocation } from '../errors.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import type { Helper } from '../runtime/helper.ts';
import { type CopySource, EntryDigest } from './context/entry.ts';
import type { BuildContext } from './context.ts';
import { BuildError } from './error.ts';
import type { Root, StepContext } from './vertex.ts';

/** Where a bind mount's files are: another step's result, or a folder of the user's. */
export interface FileSource {
  /** Index into the step's inputs; absent for a folder of the user's, which has no definition key. */
  readonly input?: number;
  /** How a message and an explanation name it: `stage build`, `the build context`. */
  readonly name: string;
  /** Digest of everything at and below a path: names, types, modes, owners, contents; never times. */
  digest(path: string, step: StepContext): Promise<Digest>;
  /** A root with those files, and the path in it, all symlinks followed. Nobody may write to it. */
  provide(path: string, step: StepContext): Promise<Provided>;
}

export interface Provided {
  root: Root;
  /** Inside the root, without a leading slash; empty for the root itself. */
  path: string;
  folder: boolean;
}

/** The build context or a named one. What an ignore file hides is hidden from mounts as well. */
export function contextSource(context: BuildContext, location: SourceLocation): FileSource {
  return {
    name: context.name,
    digest: async (path) => (await context.digest(relative(path))) ?? missing(path, context, location),
    async provide(path, step) {
      const entry = (await context.find(relative(path))) ?? missing(path, context, location);
      const folder = entry.type === 'folder';
      if (!context.filtered || !folder) return { root: context.folder, path: entry.path, folder };
      const { copyVisible } = await import('./visible-copy.ts');
      return { root: await copyVisible(context, entry, step), path: '', folder };
    },
  };
}

/** Another step's result, `inputs[input]`. */
export function resultSource(input: number, name: string, helper: Helper, location: SourceLocation): FileSource {
  const source = async (step: StepContext): Promise<CopySource> => {
    const { ResultSource } = await import('./context/result-source.ts');
    return new ResultSource(name, step.inputs[input]!, helper);
  };
  return {
    input,
    name,
    async digest(path, step) {
      const files = await source(step);
      const entry = (await files.find(relative(path))) ?? missing(path, files, location);
      const digest = new EntryDigest();
      for await (const found of files.tree(entry, { digests: true }))
        digest.add(found, found.path.slice(entry.path.length));
      return parseDigest(`sha256:${digest.hex()}`);
    },
    async provide(path, step) {
      const files = await source(step);
      const entry = (await files.find(relative(path))) ?? missing(path, files, location);
      return { root: await files.root(), path: entry.path, folder: entry.type === 'folder' };
    },
  };
}

function relative(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

function missing(path: string, source: CopySource, location: SourceLocation): never {
  const hidden = source.hiddenBy?.(relative(path));
  throw new BuildError('bad-mount', `"${path}" is not in ${source.name}`, {
    location,
    hint: hidden === undefined ? undefined : `${hidden} hides it`,
  });
}
