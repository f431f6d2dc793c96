/** Media types of images and their parts: OCI image-spec media-types.md and Docker's image manifest v2 schema 2. */
export type MediaType = string;
export declare const MEDIA: {
    readonly ociManifest: 'application/vnd.oci.image.manifest.v1+json';
    readonly ociIndex: 'application/vnd.oci.image.index.v1+json';
    readonly ociConfig: 'application/vnd.oci.image.config.v1+json';
    readonly ociEmpty: 'application/vnd.oci.empty.v1+json';
    readonly ociLayer: 'application/vnd.oci.image.layer.v1.tar';
    readonly ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip';
    readonly ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd';
    readonly dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json';
    readonly dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json';
    readonly dockerConfig: 'application/vnd.docker.container.image.v1+json';
    readonly dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar';
    readonly dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip';
    readonly dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd';
    readonly dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    readonly dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json';
    readonly dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws';
};
/** What a client accepts when it asks for a manifest. */
export declare const MANIFEST_TYPES: readonly MediaType[];
export type Compression = 'none' | 'gzip' | 'zstd';
export declare function isIndexType(type: MediaType): boolean;
export declare function isManifestType(type: MediaType): boolean;
export declare function isConfigType(type: MediaType): boolean;
/** True for any layer that holds a tar file system change set, compressed or not. */
export declare function isLayerType(type: MediaType): boolean;
/** Layers that a registry is not expected to hold (foreign, non-distributable). */
export declare function isForeignLayerType(type: MediaType): boolean;
/** How a layer of this media type is compressed. */
export declare function compressionOf(type: MediaType): Compression;
export declare function layerType(compression: Compression, family?: 'oci' | 'docker'): MediaType;
