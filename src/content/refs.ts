import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { withLock } from '../locks.ts';
import { type Descriptor, parseDescriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MEDIA } from '../oci/media-type.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { ContentError } from './content-error.ts';
import type { LayoutStore } from './layout-store.ts';
import { reachableFrom } from './reachable.ts';

/** image-spec, annotations.md: the name of an entry of index.json. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** containerd's: the whole name; ours are whole in both. */
const IMAGE_NAME = 'io.containerd.image.name';

export interface NamedImage {
  /** In formatReference() spelling: `docker.io/library/debian:12`. */
  name: string;
  descriptor: Descriptor;
}

/**
 * Names of images, kept in the layout's index.json where skopeo and podman read them too. An image that lost its last
 * name to a newer one stays as an entry without name (docker's `<none>`) until it is removed or pruned. Changes happen
 * under a lock and become visible by rename; gc holds the same lock, so that no name is given to what it removes.
 */
export class Refs {
  readonly #store: LayoutStore;

  constructor(store: LayoutStore) {
    this.#store = store;
  }

  /** Folder of the lock under which index.json changes. */
  get lock(): string {
    return this.#store.lockPath('refs');
  }

  async get(name: string): Promise<Descriptor | undefined> {
    return (await this.list()).find((entry) => entry.name === name)?.descriptor;
  }

  /** Gives `name` to an image that is in the store. The one that had it before keeps existing, without it. */
  async set(name: string, descriptor: Descriptor): Promise<void> {
    await this.update([{ name, descriptor }]);
  }

  /** Gives several names at once. */
  async update(named: readonly NamedImage[]): Promise<void> {
    const lasting = this.#makeLast(named.map(({ descriptor }) => descriptor));
    await this.#change(lasting, async (entries) => {
      for (const { name, descriptor } of named) {
        if (!(await this.#store.has(descriptor))) {
          throw new ContentError(
            'blob-missing',
            `cannot name ${descriptor.digest} "${name}": it is not in the store ${this.#store.folder}`,
          );
        }
        const previous = entries.findIndex((e) => nameOf(e) === name);
        if (previous >= 0) unname(entries, previous);
        entries.push(withName(descriptor, name));
        dropNameless(entries, descriptor.digest);
      }
    });
  }

  /** Keeps an image that has no name. */
  async addUntagged(descriptor: Descriptor): Promise<void> {
    await this.#change(this.#makeLast([descriptor]), async (entries) => {
      if (!entries.some((e) => e.digest === descriptor.digest)) entries.push(withName(descriptor, undefined));
    });
  }

  /** Takes a name away; the image goes with its last name, but for `keepUntagged`. False when nothing had the name. */
  async remove(name: string, options: { keepUntagged?: boolean } = {}): Promise<boolean> {
    return this.#change(undefined, async (entries) => {
      const index = entries.findIndex((e) => nameOf(e) === name);
      if (index < 0) return false;
      if (options.keepUntagged) unname(entries, index);
      else entries.splice(index, 1);
      return true;
    });
  }

  /** Removes an image with all its names, and returns these. */
  async removeDigest(digest: Digest): Promise<string[]> {
    return this.#change(undefined, async (entries) => {
      const names: string[] = [];
      for (let i = entries.length - 1; i >= 0; i--) {
        if (entries[i]!.digest !== digest) continue;
        const name = nameOf(entries[i]!);
        if (name !== undefined) names.unshift(name);
        entries.splice(i, 1);
      }
      return names;
    });
  }

  /** Images with a name, oldest entry first. */
  async list(): Promise<NamedImage[]> {
    return (await this.#read()).flatMap((entry) => {
      const name = nameOf(entry);
      return name === undefined ? [] : [{ name, descriptor: plain(entry) }];
    });
  }

  /** Images that have no name. */
  async untagged(): Promise<Descriptor[]> {
    return (await this.#read()).filter((entry) => nameOf(entry) === undefined).map(plain);
  }

  /** Everything that index.json keeps: the roots of gc. */
  async roots(): Promise<Descriptor[]> {
    return (await this.#read()).map(plain);
  }

  /** index.json is to name nothing that a power cut could take. */
  async #makeLast(descriptors: readonly Descriptor[]): Promise<void> {
    await this.#store.sync(await reachableFrom(this.#store, descriptors));
  }

  async #read(): Promise<Descriptor[]> {
    const path = join(this.#store.folder, 'index.json');
    const text = await readTextIfThere(path);
    if (text === undefined) return [];
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new ContentError('not-a-layout', `${path}: expected JSON`, { cause: error });
    }
    if (typeof value !== 'object' || value === null || !('manifests' in value) || !Array.isArray(value.manifests)) {
      throw new ContentError('not-a-layout', `${path}: expected an object with a list "manifests"`);
    }
    return value.manifests.map((entry, i) => parseDescriptor(entry, `${path}: manifests[${i}]`));
  }

  /** `lasting`: what the names will lead to is on its way to the disk; index.json takes its place after that. */
  async #change<T>(lasting: Promise<void> | undefined, change: (entries: Descriptor[]) => Promise<T>): Promise<T> {
    // Its failure is heard below, unless something else fails first.
    lasting?.catch(() => {});
    const result = await withLock(this.lock, { mode: 'exclusive' }, async () => {
      const entries = await this.#read();
      const before = JSON.stringify(entries);
      const result = await change(entries);
      if (JSON.stringify(entries) !== before) {
        const document = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: entries };
        await writeFileAtomic(join(this.#store.folder, 'index.json'), JSON.stringify(document), {
          ...(lasting === undefined ? {} : { after: lasting }),
        });
      }
      return result;
    });
    await lasting;
    return result;
  }
}

/** Entries that other tools wrote have short names; they count as the same as the long ones. */
function nameOf(entry: Descriptor): string | undefined {
  const name = entry.annotations?.[IMAGE_NAME] ?? entry.annotations?.[REF_NAME];
  if (name === undefined) return undefined;
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch {
    return name;
  }
}

function withName(descriptor: Descriptor, name: string | undefined): Descriptor {
  const { annotations, ...rest } = plain(descriptor);
  const all = name === undefined ? { ...annotations } : { ...annotations, [REF_NAME]: name, [IMAGE_NAME]: name };
  return Object.keys(all).length === 0 ? rest : { ...rest, annotations: all };
}

function plain(entry: Descriptor): Descriptor {
  if (entry.annotations === undefined) return entry;
  const { [REF_NAME]: _, [IMAGE_NAME]: __, ...others } = entry.annotations;
  const { annotations, ...rest } = entry;
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}

/** Entry `index` loses its name; an entry without name is kept only where no other entry of the image is. */
function unname(entries: Descriptor[], index: number): void {
  const [entry] = entries.splice(index, 1);
  if (!entries.some((e) => e.digest === entry!.digest)) entries.push(withName(entry!, undefined));
}

function dropNameless(entries: Descriptor[], digest: Digest): void {
  const index = entries.findIndex((e) => e.digest === digest && nameOf(e) === undefined);
  if (index >= 0) entries.splice(index, 1);
}
