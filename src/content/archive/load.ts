import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Descriptor, parseDescriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseImageConfig } from '../../oci/image-config.ts';
import { encodeManifest, MAX_MANIFEST_SIZE, type Manifest } from '../../oci/manifest.ts';
import { compressionOf, layerType, MEDIA } from '../../oci/media-type.ts';
import type { Platform } from '../../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { collectGarbage, type RootProvider } from '../gc.ts';
import { loadImage, loadManifest, MAX_CONFIG_SIZE, platforms } from '../image.ts';
import type { LayoutStore } from '../layout-store.ts';
import { withLease } from '../lease.ts';
import { readBlob } from '../read-blob.ts';
import type { Refs } from '../refs.ts';
import { ArchiveError } from './archive-error.ts';
import { decompress, peek, sniffCompression } from './decompress.ts';
import { Members } from './members.ts';

export interface LoadOptions {
  /** Names the archive in errors: a path, `stdin`. */
  where: string;
  /** Of an image for several platforms, keep only this one. */
  platform?: Platform | undefined;
  /**
   * Compresses a plain layer to gzip, where the archive has no manifest whose digest would change by it: docker's older
   * form keeps layers plain, which would cost at every push.
   */
  compress?: ((plain: Readable) => Readable) | undefined;
  onBytes?: ((bytes: number) => void) | undefined;
  /** What else must stay in the store: given, whatever the archive brought and no image names is removed at the end. */
  roots?: readonly RootProvider[] | undefined;
}

export interface ArchivedImage {
  descriptor: Descriptor;
  /** formatReference() spellings; empty when the archive gives none. */
  names: string[];
}

/** Lists in archives: several images, each with thousands of layers, would fit. */
const MAX_LIST_SIZE = 4 * MAX_MANIFEST_SIZE;

/**
 * Reads what `docker save`, `podman save`, `skopeo copy docker-archive:|oci-archive:` and buildx wrote, also compressed
 * by gzip or zstd, in one pass, and gives the images their names. docker's older form (manifest.json, one folder a
 * layer) becomes OCI manifests; the newer one is taken by its OCI index, so that digests stay what they were.
 */
export async function loadArchive(
  store: LayoutStore,
  refs: Refs,
  source: Readable,
  options: LoadOptions,
): Promise<ArchivedImage[]> {
  const members = new Members(store, options.where);
  try {
    return await withLease(store, () => load(store, refs, source, members, options));
  } finally {
    if (options.roots) await discard(store, refs, options.roots, members);
  }
}

/** Other pulls and builds keep what they need by their leases; ours has ended. */
async function discard(
  store: LayoutStore,
  refs: Refs,
  roots: readonly RootProvider[],
  members: Members,
): Promise<void> {
  // gc spares what was used in the very millisecond in which it starts.
  await sleep(2);
  await collectGarbage(store, refs, roots, { only: new Set(members.stored.map((blob) => blob.digest)) });
}

async function load(
  store: LayoutStore,
  refs: Refs,
  source: Readable,
  members: Members,
  options: LoadOptions,
): Promise<ArchivedImage[]> {
  const { where } = options;
  const { head, whole } = await peek(source);
  if (head.byteLength === 0) throw new ArchiveError('empty-archive', `${where}: there is nothing in it`);
  await members.read(decompress(whole, sniffCompression(head, where), where), options.onBytes);
  const found = await imagesOf(store, members, options);
  const images = await Promise.all(
    found.map(async (image) => ({ ...image, descriptor: await chosen(store, image.descriptor, options) })),
  );
  const named = images.flatMap(({ descriptor, names }) => names.map((name) => ({ name, descriptor })));
  if (named.length > 0) await refs.update(named);
  for (const { descriptor, names } of images) if (names.length === 0) await refs.addUntagged(descriptor);
  return images;
}

async function imagesOf(store: LayoutStore, members: Members, options: LoadOptions): Promise<ArchivedImage[]> {
  const { where } = options;
  const list = await members.json('manifest.json', MAX_LIST_SIZE);
  const index = await members.json('index.json', MAX_LIST_SIZE);
  if (index !== undefined) return fromIndex(store, index, list, where);
  if (list !== undefined) return fromList(store, members, list, options);
  throw new ArchiveError(
    'unsupported-archive',
    `${where}: this is no image archive: neither manifest.json nor index.json is in it`,
    {
      hint: members.isEmpty ? undefined : 'a tar of a root file system is read by: containerize import',
    },
  );
}

/** OCI layout. Names come from the entries' annotations, and from docker's manifest.json beside it. */
async function fromIndex(store: LayoutStore, index: unknown, list: unknown, where: string): Promise<ArchivedImage[]> {
  const entries =
    typeof index === 'object' && index !== null && 'manifests' in index && Array.isArray(index.manifests)
      ? index.manifests
      : undefined;
  if (entries === undefined)
    throw new ArchiveError('invalid-archive', `${where}: index.json: expected an object with a list "manifests"`);
  if (entries.length === 0) throw new ArchiveError('empty-archive', `${where}: there is no image in it`);
  const tags = list === undefined ? [] : parseList(list, where);
  const images = new Map<Digest, ArchivedImage>();
  for (const [i, value] of entries.entries()) {
    const entry = parseDescriptor(value, `${where}: index.json: manifests[${i}]`);
    const { annotations, ...descriptor } = entry;
    const image: ArchivedImage = images.get(entry.digest) ?? { descriptor, names: [] };
    images.set(entry.digest, image);
    const configs = await checkComplete(store, descriptor, where);
    const names = [
      nameFromAnnotations(annotations),
      ...tags.filter((t) => configs.some((digest) => t.Config.includes(digest.slice(7)))).flatMap((t) => t.RepoTags),
    ];
    for (const name of names)
      if (name !== undefined && !image.names.includes(normalName(name, where)))
        image.names.push(normalName(name, where));
  }
  return [...images.values()];
}

/** Every manifest that is there has to have all its parts; one platform at least has to be there. Returns the configs' digests. */
async function checkComplete(store: LayoutStore, descriptor: Descriptor, where: string): Promise<Digest[]> {
  if (!(await store.has(descriptor)))
    throw new ArchiveError(
      'invalid-archive',
      `${where}: blob ${descriptor.digest}, named in index.json, is missing or of another size`,
    );
  const image = { descriptor, content: store };
  const configs: Digest[] = [];
  for (const { manifestDescriptor } of await platforms(image)) {
    if (!(await store.has(manifestDescriptor))) continue;
    const { layers, configDescriptor } = await loadManifest(image, manifestDescriptor);
    for (const [i, layer] of layers.entries()) {
      if (!(await store.has(layer.descriptor))) {
        throw new ArchiveError(
          'invalid-archive',
          `${where}: layer ${i} of ${descriptor.digest}, blob ${layer.descriptor.digest}, is missing or not ${layer.descriptor.size} bytes long`,
        );
      }
    }
    configs.push(configDescriptor.digest);
  }
  if (configs.length === 0)
    throw new ArchiveError('invalid-archive', `${where}: not one platform of ${descriptor.digest} is in the archive`);
  return configs;
}

/** docker's form since 1.10: each image's config and layers by their paths. */
async function fromList(
  store: LayoutStore,
  members: Members,
  list: unknown,
  { where, compress }: LoadOptions,
): Promise<ArchivedImage[]> {
  const images = new Map<Digest, ArchivedImage>();
  const entries = parseList(list, where);
  if (entries.length === 0) throw new ArchiveError('empty-archive', `${where}: there is no image in it`);
  for (const [i, entry] of entries.entries()) {
    const what = entry.RepoTags[0] ?? `image ${i}`;
    const config = { ...members.need(entry.Config, `the config of ${what}`), mediaType: MEDIA.ociConfig };
    const { rootfs } = parseImageConfig(await readBlob(store, config, MAX_CONFIG_SIZE), `${where}: ${entry.Config}`);
    if (rootfs.diff_ids.length !== entry.Layers.length) {
      throw new ArchiveError(
        'invalid-archive',
        `${where}: ${what}: manifest.json names ${entry.Layers.length} layers, its config ${rootfs.diff_ids.length}`,
      );
    }
    const layers: Descriptor[] = [];
    for (const [n, path] of entry.Layers.entries()) {
      const blob = members.need(path, `layer ${n} of ${what}`);
      const layer = await layerOf(store, blob, rootfs.diff_ids[n]!, `${where}: ${path}`);
      layers.push(compress && compressionOf(layer.mediaType) === 'none' ? await members.anew(layer, compress) : layer);
    }
    const manifest: Manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers };
    const descriptor = await members.put(MEDIA.ociManifest, encodeManifest(manifest));
    const image = images.get(descriptor.digest) ?? { descriptor, names: [] };
    images.set(descriptor.digest, image);
    for (const name of entry.RepoTags)
      if (!image.names.includes(normalName(name, where))) image.names.push(normalName(name, where));
  }
  return [...images.values()];
}

/** A layer is plain or compressed; the plain one's digest has to be the diff ID, the other's is checked when it is unpacked. */
async function layerOf(store: LayoutStore, blob: Descriptor, diffId: Digest, where: string): Promise<Descriptor> {
  const body = await store.fetch(blob);
  const { head, whole } = await peek(body);
  whole.destroy();
  body.destroy();
  const compression = sniffCompression(head, where);
  if (compression === 'none' && blob.digest !== diffId)
    throw new ArchiveError('invalid-archive', `${where}: expected a layer with digest ${diffId}, found ${blob.digest}`);
  return { mediaType: layerType(compression), digest: blob.digest, size: blob.size };
}

/** The image, or what it has for the wanted platform. */
async function chosen(store: LayoutStore, descriptor: Descriptor, options: LoadOptions): Promise<Descriptor> {
  if (options.platform === undefined) return descriptor;
  const { manifestDescriptor } = await loadImage({ descriptor, content: store }, options.platform);
  return manifestDescriptor;
}

interface ListEntry {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

function parseList(list: unknown, where: string): ListEntry[] {
  const fail = (what: string): never => {
    throw new ArchiveError('invalid-archive', `${where}: manifest.json: ${what}`);
  };
  if (!Array.isArray(list)) return fail('expected a list of images');
  return list.map((value: unknown, i) => {
    const v = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
    const words = (x: unknown, key: string): string[] =>
      Array.isArray(x) && x.every((w) => typeof w === 'string') ? x : fail(`[${i}].${key}: expected a list of names`);
    if (typeof v.Config !== 'string') return fail(`[${i}].Config: expected the path of the image's config`);
    return { Config: v.Config, RepoTags: words(v.RepoTags ?? [], 'RepoTags'), Layers: words(v.Layers ?? [], 'Layers') };
  });
}

/** docker writes the whole name in containerd's annotation and the tag alone in OCI's; podman and skopeo the whole name in OCI's. */
function nameFromAnnotations(annotations: Record<string, string> | undefined): string | undefined {
  const whole = annotations?.['io.containerd.image.name'];
  if (whole) return whole;
  const name = annotations?.['org.opencontainers.image.ref.name'];
  // A tag without a repository names nothing.
  return name && /[/:]/.test(name) ? name : undefined;
}

function normalName(name: string, where: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch (cause) {
    throw new ArchiveError('invalid-archive', `${where}: "${name.slice(0, 200)}" is not an image name`, { cause });
  }
}
