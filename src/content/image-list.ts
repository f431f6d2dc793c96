import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type ImageConfig, platformOf } from '../oci/image-config.ts';
import { choosePlatform, hostPlatform, type Platform } from '../oci/platform.ts';
import { familiarReference, formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { ContentError } from './content-error.ts';
import { type LoadedImage, loadManifest, platforms } from './image.ts';
import type { LayoutStore } from './layout-store.ts';
import type { Refs } from './refs.ts';
import { Slots } from './slots.ts';
import type { Image } from './store.ts';

/** One image of the store, as lists show it. */
export interface StoredImage {
  /** Digest of the config of this machine's platform, or of the first platform that is there: docker's image ID. */
  id: Digest;
  /** Manifest or index that the names stand for. */
  descriptor: Descriptor;
  /** formatReference() spellings; none for a dangling image. */
  names: string[];
  config: ImageConfig;
  /** Bytes of all its blobs in the store; layers that appear in several platforms count once. */
  size: number;
  /** Blobs and their sizes, to tell what images share. */
  blobs: ReadonlyMap<Digest, number>;
  /** Every platform whose manifest and config are there. */
  variants: { platform: Platform; image: LoadedImage }[];
}

/** Every image of the store, newest first. Broken ones (blobs lost in a crash) are left out, `onBroken` hears of them. */
export async function listImages(
  store: LayoutStore,
  refs: Refs,
  onBroken?: (names: string[], descriptor: Descriptor, error: unknown) => void,
): Promise<StoredImage[]> {
  const found = new Map<Digest, { descriptor: Descriptor; names: string[] }>();
  for (const { name, descriptor } of await refs.list()) {
    const entry = found.get(descriptor.digest);
    if (entry) entry.names.push(name);
    else found.set(descriptor.digest, { descriptor, names: [name] });
  }
  for (const descriptor of await refs.untagged())
    if (!found.has(descriptor.digest)) found.set(descriptor.digest, { descriptor, names: [] });
  // A thousand images must not need a thousand open files.
  const slots = new Slots(32);
  const images = await Promise.all(
    [...found.values()].map(async ({ descriptor, names }) => {
      try {
        return await slots.run(() => readStored(store, descriptor, names));
      } catch (error) {
        onBroken?.(names, descriptor, error);
        return undefined;
      }
    }),
  );
  return images.filter((image) => image !== undefined).sort((a, b) => createdAt(b) - createdAt(a));
}

/**
 * The image that a user means: a name, `name@digest`, or an ID or digest, also cut short. A name is preferred to an ID
 * that begins alike, as docker does. `name` is set when the name was given.
 */
export async function findImage(
  store: LayoutStore,
  refs: Refs,
  text: string,
): Promise<StoredImage & { name?: string }> {
  const found = await findImageIfThere(store, refs, text);
  if (found) return found;
  throw new ContentError('no-such-image', `no such image: ${text}`, { hint: `get it with: containerize pull ${text}` });
}

/** As {@link findImage}, undefined when there is none. Throws when a short ID fits several. */
export async function findImageIfThere(
  store: LayoutStore,
  refs: Refs,
  text: string,
): Promise<(StoredImage & { name?: string }) | undefined> {
  const named = await byName(refs, text);
  if (named) {
    const names = (await refs.list())
      .filter((entry) => entry.descriptor.digest === named.descriptor.digest)
      .map((entry) => entry.name);
    return {
      ...(await readStored(store, named.descriptor, names)),
      ...(named.name === undefined ? {} : { name: named.name }),
    };
  }
  const match = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(text);
  if (!match) return undefined;
  const all = await listImages(store, refs);
  const fits = (digest: Digest) => digest.startsWith(`sha256:${match[1]!}`);
  const byId = all.filter(
    (image) =>
      fits(image.id) ||
      fits(image.descriptor.digest) ||
      image.variants.some(({ image: v }) => fits(v.manifestDescriptor.digest) || fits(v.configDescriptor.digest)),
  );
  const ids = new Set(byId.map((image) => image.id));
  if (ids.size > 1) {
    throw new ContentError(
      'ambiguous-image',
      `${text} is the beginning of ${ids.size} image IDs: ${[...ids].map((id) => id.slice(7, 19)).join(', ')}`,
      { hint: 'give more digits' },
    );
  }
  return byId[0];
}

/** Reads what the store has of an image. Fails when not one platform is there in full. */
export async function readStored(store: LayoutStore, descriptor: Descriptor, names: string[]): Promise<StoredImage> {
  const image: Image = { descriptor, content: store };
  const variants: StoredImage['variants'] = [];
  const blobs = new Map<Digest, number>([[descriptor.digest, descriptor.size]]);
  let failure: unknown;
  for (const { manifestDescriptor, platform } of await platforms(image)) {
    try {
      const loaded = await loadManifest(image, manifestDescriptor);
      variants.push({ platform: platform ?? platformOf(loaded.config), image: loaded });
      for (const d of [manifestDescriptor, loaded.configDescriptor, ...loaded.manifest.layers])
        blobs.set(d.digest, d.size);
    } catch (error) {
      failure = error;
    }
  }
  const own = choosePlatform(variants, hostPlatform()) ?? variants[0];
  if (own === undefined)
    throw failure ?? new ContentError('not-an-image', `${descriptor.digest}: the index names no image`);
  return {
    id: own.image.configDescriptor.digest,
    descriptor,
    names,
    config: own.image.config,
    size: [...blobs.values()].reduce((a, b) => a + b, 0),
    blobs,
    variants,
  };
}

/** Name and tag in the words of `images`: `<none>` where there is none. */
export function displayName(name: string): { repository: string; tag: string } {
  try {
    const reference = parseReference(name);
    const { tag, digest, ...rest } = reference;
    return { repository: familiarReference(rest), tag: tag ?? (digest === undefined ? 'latest' : '<none>') };
  } catch {
    return { repository: name, tag: '<none>' };
  }
}

async function byName(refs: Refs, text: string): Promise<{ name?: string; descriptor: Descriptor } | undefined> {
  let name: string;
  let digest: Digest | undefined;
  let repository: string;
  try {
    const reference = withDefaultTag(parseReference(text));
    name = formatReference(reference);
    digest = reference.digest;
    repository = formatReference({ registry: reference.registry, repository: reference.repository });
  } catch {
    return undefined;
  }
  const all = await refs.list();
  const exact = all.find((entry) => entry.name === name);
  if (exact || digest === undefined) return exact;
  const sameDigest = all.find(
    (entry) =>
      entry.descriptor.digest === digest &&
      (entry.name.startsWith(`${repository}:`) || entry.name.startsWith(`${repository}@`)),
  );
  return sameDigest && { descriptor: sameDigest.descriptor };
}

function createdAt(image: StoredImage): number {
  return Date.parse(image.config.created ?? '') || 0;
}
