import { unlinkSync } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { fsyncFolder, readTextIfThere, writeFileAtomic } from '../../files.ts';
import { type Digest, digestAlgorithm, digestHex, parseDigest } from '../../oci/digest.ts';

/**
 * What the embedded registry keeps on disk. Blob bytes are stored once, under their digest; that a repository holds a
 * blob or a manifest is a small link file of its own, so that nobody reads through one repository what was pushed to
 * another. Folders starting with `_` cannot clash with repository names.
 *
 *     blobs/sha256/ab/<hex>
 *     repositories/<name>/_blobs/sha256/<hex>                       empty
 *     repositories/<name>/_manifests/sha256/<hex>                   its media type
 *     repositories/<name>/_tags/<tag>                               a digest
 *     repositories/<name>/_referrers/<subject>/<digest>             a descriptor, JSON
 *     uploads/<id>/{repository,data}
 *
 * Everything appears by rename or as a whole small file, in the order blob → link → tag: a crash at any moment leaves
 * at most a blob without a link, which the next push of it takes up.
 */
export class Storage {
  readonly folder: string;
  /** fsync before a blob is announced. */
  readonly durable: boolean;
  /** How many are linking a blob right now. */
  readonly #claims = new Map<Digest, number>();
  /** Who is looking whether a blob can go. */
  readonly #removals = new Map<Digest, { spared: boolean }[]>();

  private constructor(folder: string, durable: boolean) {
    this.folder = folder;
    this.durable = durable;
  }

  static async open(folder: string, options: { durable?: boolean } = {}): Promise<Storage> {
    for (const name of ['blobs', 'repositories', 'uploads']) await mkdir(join(folder, name), { recursive: true });
    return new Storage(folder, options.durable ?? true);
  }

  blobPath(digest: Digest): string {
    const hex = digestHex(digest);
    return join(this.folder, 'blobs', digestAlgorithm(digest), hex.slice(0, 2), hex);
  }

  repositoryPath(repository: string, ...rest: string[]): string {
    return join(this.folder, 'repositories', repository, ...rest);
  }

  linkPath(repository: string, kind: '_blobs' | '_manifests', digest: Digest): string {
    return this.repositoryPath(repository, kind, digestAlgorithm(digest), digestHex(digest));
  }

  /** Size of a blob that this repository holds, as blob or as manifest; undefined when it does not. */
  async blobSize(repository: string, digest: Digest): Promise<number | undefined> {
    const linked =
      (await exists(this.linkPath(repository, '_blobs', digest))) ||
      (await exists(this.linkPath(repository, '_manifests', digest)));
    return linked ? this.anyBlobSize(digest) : undefined;
  }

  /** Size of a blob that some repository holds. */
  async anyBlobSize(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.blobPath(digest))).size;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Gives `repository` a blob that is stored already; false when it is not. */
  async link(repository: string, digest: Digest): Promise<boolean> {
    return this.#claiming(digest, async () => {
      if ((await this.anyBlobSize(digest)) === undefined) return false;
      await this.#writeLink(this.linkPath(repository, '_blobs', digest), '');
      return true;
    });
  }

  /** Takes over a finished, verified file as the blob `digest` and links it. */
  async adopt(repository: string, digest: Digest, file: string): Promise<void> {
    await this.#claiming(digest, async () => {
      if ((await this.anyBlobSize(digest)) === undefined) {
        const target = this.blobPath(digest);
        await mkdir(dirname(target), { recursive: true });
        await rename(file, target);
        if (this.durable) await fsyncFolder(dirname(target));
      }
      await this.#writeLink(this.linkPath(repository, '_blobs', digest), '');
    });
  }

  async putManifest(repository: string, digest: Digest, mediaType: string, bytes: Uint8Array): Promise<void> {
    await this.#claiming(digest, async () => {
      if ((await this.anyBlobSize(digest)) === undefined) {
        await mkdir(dirname(this.blobPath(digest)), { recursive: true });
        await writeFileAtomic(this.blobPath(digest), bytes, { fsync: this.durable });
      }
      await this.#writeLink(this.linkPath(repository, '_manifests', digest), mediaType);
    });
  }

  /** Bytes and media type of a manifest of this repository. */
  async manifest(repository: string, digest: Digest): Promise<{ mediaType: string; bytes: Buffer } | undefined> {
    const mediaType = await readTextIfThere(this.linkPath(repository, '_manifests', digest));
    if (mediaType === undefined) return undefined;
    return { mediaType, bytes: await readFile(this.blobPath(digest)) };
  }

  async hasRepository(repository: string): Promise<boolean> {
    return (
      (await exists(this.repositoryPath(repository, '_blobs'))) ||
      (await exists(this.repositoryPath(repository, '_manifests')))
    );
  }

  async tag(repository: string, tag: string): Promise<Digest | undefined> {
    const text = await readTextIfThere(this.repositoryPath(repository, '_tags', tag));
    return text === undefined ? undefined : parseDigest(text);
  }

  async setTag(repository: string, tag: string, digest: Digest): Promise<void> {
    await this.#writeLink(this.repositoryPath(repository, '_tags', tag), digest);
  }

  async removeTag(repository: string, tag: string): Promise<boolean> {
    return removed(this.repositoryPath(repository, '_tags', tag));
  }

  /** All tags, in byte order. */
  async tags(repository: string): Promise<string[]> {
    return (await names(this.repositoryPath(repository, '_tags'))).filter((n) => !n.startsWith('.')).sort();
  }

  /** All repositories with a manifest, in byte order. */
  async repositories(): Promise<string[]> {
    return this.#holding(['_manifests']);
  }

  async addReferrer(repository: string, subject: Digest, digest: Digest, descriptor: object): Promise<void> {
    await this.#writeLink(
      this.repositoryPath(repository, '_referrers', fileName(subject), fileName(digest)),
      JSON.stringify(descriptor),
    );
  }

  /** Descriptors of what refers to `subject`. */
  async referrers(repository: string, subject: Digest): Promise<unknown[]> {
    const folder = this.repositoryPath(repository, '_referrers', fileName(subject));
    const found: unknown[] = [];
    for (const name of (await names(folder)).sort()) {
      const text = name.startsWith('.') ? undefined : await readTextIfThere(join(folder, name));
      if (text !== undefined) found.push(JSON.parse(text));
    }
    return found;
  }

  async removeReferrer(repository: string, subject: Digest, digest: Digest): Promise<void> {
    await removed(this.repositoryPath(repository, '_referrers', fileName(subject), fileName(digest)));
  }

  /** Takes the blob or manifest out of this repository; its bytes go when no other repository holds them. */
  async unlink(repository: string, kind: '_blobs' | '_manifests', digest: Digest): Promise<boolean> {
    if (!(await removed(this.linkPath(repository, kind, digest)))) return false;
    await this.#removeBlobIfUnused(digest);
    return true;
  }

  /** Repositories that hold something of these kinds. */
  async #holding(kinds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    const walk = async (name: string): Promise<void> => {
      const entries = await names(this.repositoryPath(name));
      if (kinds.some((kind) => entries.includes(kind))) found.push(name);
      for (const entry of entries) {
        if (!entry.startsWith('_') && !entry.startsWith('.')) await walk(name === '' ? entry : `${name}/${entry}`);
      }
    };
    await walk('');
    return found.sort();
  }

  async #removeBlobIfUnused(digest: Digest): Promise<void> {
    const removal = { spared: (this.#claims.get(digest) ?? 0) > 0 };
    this.#removals.set(digest, [...(this.#removals.get(digest) ?? []), removal]);
    try {
      for (const repository of await this.#holding(['_blobs', '_manifests'])) {
        if ((await this.blobSize(repository, digest)) !== undefined) return;
      }
      // From this check to the removal nothing else runs, so a push that comes now finds the blob gone and sends it.
      if (!removal.spared) unlinkSync(this.blobPath(digest));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    } finally {
      const left = this.#removals.get(digest)!.filter((r) => r !== removal);
      if (left.length === 0) this.#removals.delete(digest);
      else this.#removals.set(digest, left);
    }
  }

  /** While somebody links a blob, nobody removes it: also not who looked for links before this one was there. */
  async #claiming<T>(digest: Digest, work: () => Promise<T>): Promise<T> {
    for (const removal of this.#removals.get(digest) ?? []) removal.spared = true;
    this.#claims.set(digest, (this.#claims.get(digest) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.#claims.get(digest)! - 1;
      if (left === 0) this.#claims.delete(digest);
      else this.#claims.set(digest, left);
    }
  }

  async #writeLink(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    if (text !== '') return writeFileAtomic(path, text, { fsync: this.durable });
    // An empty file is whole as soon as it is there.
    await (await open(path, 'a')).close();
  }
}

function fileName(digest: Digest): string {
  return digest.replace(':', '-');
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function removed(path: string): Promise<boolean> {
  if (!(await exists(path))) return false;
  await rm(path, { force: true });
  return true;
}
