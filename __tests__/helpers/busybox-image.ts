import { readFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { TarHeader } from '../../src/content/archive/tar-header.ts';
import { TarWriter } from '../../src/content/archive/tar-writer.ts';
import type { LayoutStore } from '../../src/content/layout-store.ts';
import type { Image, Layer } from '../../src/content/store.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, Digester } from '../../src/oci/digest.ts';
import type { ImageConfig, RunConfig } from '../../src/oci/image-config.ts';
import { encodeManifest, type Manifest } from '../../src/oci/manifest.ts';
import { layerType, MEDIA } from '../../src/oci/media-type.ts';
import { hostPlatform } from '../../src/oci/platform.ts';

/** Statically linked; Debian's package busybox-static. */
const BUSYBOX = '/bin/busybox';

const APPLETS =
  'sh ls cat echo true false mkdir rm mv cp ln ps sleep id env printf test [ touch stat chmod chown head tail grep sed awk find wc sort tr cut date hostname mount umount kill sha256sum md5sum tar gzip gunzip dd df du readlink realpath seq tee xargs uname whoami pwd nc wget ping vi yes expr basename dirname mktemp mkfifo mknod nproc free top timeout'.split(
    ' ',
  );

export interface ImageParts {
  config?: RunConfig;
  /** Extra files in a second layer: path without leading slash → text. */
  files?: Record<string, string>;
  compression?: 'none' | 'gzip';
  platform?: { os: string; architecture: string; variant?: string };
  created?: string;
}

/** A small image that runs: busybox with its applets, root and nobody, /tmp. Two layers when `files` are given. */
export async function busyboxImage(
  store: LayoutStore,
  parts: ImageParts = {},
): Promise<Image & { layers: Layer[]; config: ImageConfig; configDescriptor: Descriptor }> {
  const layers = [await makeLayer(store, await busyboxEntries(), parts.compression)];
  if (parts.files) {
    const entries: Entry[] = Object.entries(parts.files).map(([name, text]) => [
      { name, mode: 0o644 },
      Buffer.from(text),
    ]);
    layers.push(await makeLayer(store, entries, parts.compression));
  }
  return makeImage(
    store,
    layers,
    { Cmd: ['sh'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...parts.config },
    parts,
  );
}

/** Config and manifest for layers that are in the store. */
export async function makeImage(store: LayoutStore, layers: Layer[], run: RunConfig, parts: ImageParts = {}) {
  const created = parts.created ?? '2024-01-02T03:04:05Z';
  const config: ImageConfig = {
    created,
    ...(parts.platform ?? hostPlatform()),
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map((l) => l.diffId) },
    history: layers.map((_, i) => ({ created, created_by: i === 0 ? 'busybox' : 'COPY files' })),
  };
  const configDescriptor = await store.put(MEDIA.ociConfig, JSON.stringify(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: configDescriptor,
    layers: layers.map((l) => l.descriptor),
  };
  const descriptor = await store.put(MEDIA.ociManifest, encodeManifest(manifest));
  return { descriptor, content: store, layers, config, configDescriptor };
}

export type Entry = [Partial<TarHeader> & { name: string }, Uint8Array?];

/** One layer of these entries, in the store. */
export async function makeLayer(
  store: LayoutStore,
  entries: Entry[],
  compression: 'none' | 'gzip' = 'gzip',
): Promise<Layer> {
  const plain = new PassThrough();
  const digester = new Digester();
  const counted = plain.pipe(digester.stream());
  const writer = new TarWriter(plain);
  const ingesting = store.ingest(
    layerType(compression),
    compression === 'gzip' ? counted.pipe(createGzip({ level: 6 })) : counted,
  );
  for (const [header, body] of entries) await writer.add(header, body);
  await writer.finish();
  const descriptor = await ingesting;
  return { descriptor, diffId: digester.digest() as Digest };
}

export async function busyboxEntries(): Promise<Entry[]> {
  const folder = (name: string, mode = 0o755): Entry => [{ name, type: 'directory', mode }];
  return [
    folder('bin/'),
    [{ name: 'bin/busybox', mode: 0o755 }, await readFile(BUSYBOX)],
    ...APPLETS.map((name): Entry => [{ name: `bin/${name}`, type: 'symlink', linkname: 'busybox', mode: 0o777 }]),
    ...['dev/', 'etc/', 'home/', 'proc/', 'sys/', 'usr/', 'usr/bin/', 'var/'].map((name) => folder(name)),
    [{ name: 'etc/passwd' }, Buffer.from('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n')],
    [{ name: 'etc/group' }, Buffer.from('root:x:0:\nnogroup:x:65534:\n')],
    folder('root/', 0o700),
    folder('tmp/', 0o1777),
  ];
}
