import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { layerType, type MediaType } from '../../oci/media-type.ts';
import type { LayoutStore } from '../layout-store.ts';
import { readBlob } from '../read-blob.ts';
import { ArchiveError } from './archive-error.ts';
import { readTar } from './tar-reader.ts';

type Member = { blob: Descriptor } | { link: string };

/** More members than any image archive has. */
const MAX_MEMBERS = 100_000;
/** `layer.tar` may be a link to another layer's, and that one again. */
const MAX_LINKS = 8;

/**
 * The files of an image archive, each stored as a blob while the archive streams by: what they mean is known only when
 * the manifest was met, which may be the last. Nothing is written under a name from the archive.
 */
export class Members {
  readonly #members = new Map<string, Member>();
  readonly #stored: Descriptor[] = [];
  readonly #anew = new Map<Digest, Descriptor>();
  readonly #store: LayoutStore;
  readonly #where: string;

  /** `where` names the archive in errors. */
  constructor(store: LayoutStore, where: string) {
    this.#store = store;
    this.#where = where;
  }

  /** Reads a plain tar to its end. `onBytes` hears of each member's size. */
  async read(tar: Readable, onBytes: (bytes: number) => void = () => {}): Promise<void> {
    for await (const entry of readTar(tar, this.#where)) {
      const name = this.#checked(entry.name);
      if (entry.type === 'file') {
        this.#add(name, { blob: await this.#ingest(name, entry.body) });
        onBytes(entry.size);
      } else if (entry.type === 'symlink')
        this.#add(name, { link: this.#checked(posix.join(posix.dirname(name), entry.linkname), name) });
      else if (entry.type === 'hardlink') this.#add(name, { link: this.#checked(entry.linkname, name) });
      else if (entry.type !== 'directory')
        throw new ArchiveError(
          'invalid-archive',
          `${this.#where}: ${name}: a ${entry.type} has no place in an image archive`,
        );
    }
  }

  /** The blob at a path of the archive, links followed inside it. */
  find(path: string): Descriptor | undefined {
    let name = this.#checked(path);
    for (let i = 0; i <= MAX_LINKS; i++) {
      const member = this.#members.get(name);
      if (member === undefined) return undefined;
      if ('blob' in member) return member.blob;
      name = member.link;
    }
    throw new ArchiveError('invalid-archive', `${this.#where}: ${path}: more than ${MAX_LINKS} links in a row`);
  }

  /** As {@link find}; an error when there is none. `what` names it: `layer 3 of debian:12`. */
  need(path: string, what: string): Descriptor {
    const blob = this.find(path);
    if (blob) return blob;
    throw new ArchiveError('invalid-archive', `${this.#where}: ${what} is missing: there is no ${path} in the archive`);
  }

  /** The parsed JSON document at a path, undefined when there is none. */
  async json(path: string, max: number): Promise<unknown> {
    const blob = this.find(path);
    if (blob === undefined) return undefined;
    const bytes = await readBlob(this.#store, blob, max);
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (cause) {
      throw new ArchiveError('invalid-archive', `${this.#where}: ${path}: expected JSON`, { cause });
    }
  }

  /** Every blob that came in or was made of it, for the clean-up of what turned out to be of no use. */
  get stored(): readonly Descriptor[] {
    return this.#stored;
  }

  /** Stores a document that the archive leaves to us to write. */
  async put(mediaType: MediaType, bytes: Uint8Array): Promise<Descriptor> {
    const blob = await this.#store.put(mediaType, bytes);
    this.#stored.push(blob);
    return blob;
  }

  /** The gzip form of a plain layer, made once. */
  async anew(layer: Descriptor, compress: (plain: Readable) => Readable): Promise<Descriptor> {
    const known = this.#anew.get(layer.digest);
    if (known !== undefined) return known;
    const made = await this.#store.ingest(layerType('gzip'), compress(await this.#store.fetch(layer)));
    this.#stored.push(made);
    this.#anew.set(layer.digest, made);
    return made;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  async #ingest(name: string, body: Readable): Promise<Descriptor> {
    const blob = await this.#store.ingest('application/octet-stream', body);
    this.#stored.push(blob);
    const digest = name.replace(/^blobs\/([^/]+)\//, '$1:');
    // sha512 blobs are checked when a descriptor names them.
    if (digest.startsWith('sha256:') && isDigest(digest) && digest !== blob.digest) {
      throw new ArchiveError(
        'invalid-archive',
        `${this.#where}: ${name} is damaged: its content has digest ${blob.digest}`,
      );
    }
    return blob;
  }

  #add(name: string, member: Member): void {
    const previous = this.#members.get(name);
    if (previous !== undefined && JSON.stringify(previous) !== JSON.stringify(member))
      throw new ArchiveError('invalid-archive', `${this.#where}: two different members are called ${name}`);
    if (this.#members.size >= MAX_MEMBERS)
      throw new ArchiveError(
        'invalid-archive',
        `${this.#where}: more than ${MAX_MEMBERS} members: this is no image archive`,
        { hint: 'the files of a root file system are read by: containerize import' },
      );
    this.#members.set(name, member);
  }

  /** A path inside the archive in its shortest form. Nothing that leads out of it is accepted, although nothing would follow it. */
  #checked(path: string, of?: string): string {
    const name = posix.normalize(path).replace(/\/$/, '');
    if (name.startsWith('../') || name === '..' || name.startsWith('/')) {
      throw new ArchiveError(
        'invalid-archive',
        `${this.#where}: ${of === undefined ? '' : `${of}: link to `}"${path.slice(0, 200)}" leads out of the archive`,
      );
    }
    return name;
  }
}
