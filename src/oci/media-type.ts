/** Media types of images and their parts: OCI image-spec media-types.md and Docker's image manifest v2 schema 2. */
export type MediaType = string;

export const MEDIA = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const satisfies Record<string, MediaType>;

/** What a client accepts when it asks for a manifest. */
export const MANIFEST_TYPES: readonly MediaType[] = [
  MEDIA.ociIndex,
  MEDIA.ociManifest,
  MEDIA.dockerIndex,
  MEDIA.dockerManifest,
];

export type Compression = 'none' | 'gzip' | 'zstd';

export function isIndexType(type: MediaType): boolean {
  return type === MEDIA.ociIndex || type === MEDIA.dockerIndex;
}

export function isManifestType(type: MediaType): boolean {
  return type === MEDIA.ociManifest || type === MEDIA.dockerManifest;
}

export function isConfigType(type: MediaType): boolean {
  return type === MEDIA.ociConfig || type === MEDIA.dockerConfig;
}

/** True for any layer that holds a tar file system change set, compressed or not. */
export function isLayerType(type: MediaType): boolean {
  return (
    /^application\/vnd\.oci\.image\.layer\.(v1|nondistributable\.v1)\.tar(\+(gzip|zstd))?$/.test(type) ||
    /^application\/vnd\.docker\.image\.rootfs\.(foreign\.)?diff\.tar(\.(gzip|zstd))?$/.test(type)
  );
}

/** Layers that a registry is not expected to hold (foreign, non-distributable). */
export function isForeignLayerType(type: MediaType): boolean {
  return type.includes('.foreign.') || type.includes('.nondistributable.');
}

/** How a layer of this media type is compressed. */
export function compressionOf(type: MediaType): Compression {
  if (/[+.]gzip$/.test(type)) return 'gzip';
  return /[+.]zstd$/.test(type) ? 'zstd' : 'none';
}

export function layerType(compression: Compression, family: 'oci' | 'docker' = 'oci'): MediaType {
  if (family === 'docker')
    return { none: MEDIA.dockerLayer, gzip: MEDIA.dockerLayerGzip, zstd: MEDIA.dockerLayerZstd }[compression];
  return { none: MEDIA.ociLayer, gzip: MEDIA.ociLayerGzip, zstd: MEDIA.ociLayerZstd }[compression];
}
