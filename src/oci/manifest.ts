import { ContainerizeError } from '../errors.ts';
import { type Annotations, type Descriptor, isStringMap, parseDescriptor } from './descriptor.ts';
import { isIndexType, isManifestType, MEDIA, type MediaType } from './media-type.ts';

/** One image for one platform, or an artifact. OCI image-spec, manifest.md. Layers: base first. */
export interface Manifest {
  schemaVersion: 2;
  mediaType: MediaType;
  artifactType?: MediaType;
  config: Descriptor;
  layers: Descriptor[];
  subject?: Descriptor;
  annotations?: Annotations;
}

/** Several manifests under one digest, chosen by platform. OCI image-spec, image-index.md. */
export interface ImageIndex {
  schemaVersion: 2;
  mediaType: MediaType;
  artifactType?: MediaType;
  manifests: Descriptor[];
  subject?: Descriptor;
  annotations?: Annotations;
}

export class ManifestError extends ContainerizeError<'invalid-manifest' | 'schema-1' | 'unknown-manifest-type'> {}

/** Largest manifest that we accept, in bytes: what registries accept as well (distribution-spec asks for 4 MiB). */
export const MAX_MANIFEST_SIZE = 4 * 1024 * 1024;

/**
 * Reads a manifest or an index. `mediaType` is what the descriptor or the registry said; the document may only agree
 * with it (distribution-spec, CVE-2021-41190: a document must not be both kinds).
 */
export function parseManifest(
  bytes: Uint8Array,
  mediaType: MediaType | undefined,
  where: string,
): Manifest | ImageIndex {
  const fail = (what: string): never => {
    throw new ManifestError('invalid-manifest', `${where}: ${what}`);
  };
  if (bytes.byteLength > MAX_MANIFEST_SIZE)
    return fail(`a manifest of ${bytes.byteLength} bytes, more than the ${MAX_MANIFEST_SIZE} accepted`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return fail('expected a JSON manifest');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('expected a JSON object');
  const v = value as Record<string, unknown>;
  if (v.schemaVersion === 1 || mediaType === MEDIA.dockerSchema1 || mediaType === MEDIA.dockerSchema1Signed) {
    throw new ManifestError('schema-1', `${where}: Docker image manifest schema 1 is not supported`, {
      hint: 'push the image again with a client from this decade, or copy it with skopeo copy --format v2s2',
    });
  }
  if (v.schemaVersion !== 2) return fail(`expected schemaVersion 2, found ${JSON.stringify(v.schemaVersion)}`);
  if (v.manifests !== undefined && (v.config !== undefined || v.layers !== undefined))
    return fail('it is an index and a manifest at once');
  const own = typeof v.mediaType === 'string' && v.mediaType !== '' ? v.mediaType : undefined;
  const said = mediaType !== undefined && (isIndexType(mediaType) || isManifestType(mediaType)) ? mediaType : undefined;
  const type = own ?? said ?? (v.manifests === undefined ? MEDIA.ociManifest : MEDIA.ociIndex);
  if (own !== undefined && said !== undefined && own !== said)
    return fail(`it says mediaType ${own}, but was announced as ${said}`);
  const rest = {
    ...(typeof v.artifactType === 'string' ? { artifactType: v.artifactType } : {}),
    ...(v.subject === undefined ? {} : { subject: parseDescriptor(v.subject, `${where}: subject`) }),
    ...(isStringMap(v.annotations) ? { annotations: v.annotations } : {}),
  };
  if (isIndexType(type)) {
    if (!Array.isArray(v.manifests)) return fail('expected "manifests" to be a list');
    return {
      schemaVersion: 2,
      mediaType: type,
      manifests: v.manifests.map((d, i) => parseDescriptor(d, `${where}: manifests[${i}]`)),
      ...rest,
    };
  }
  if (!isManifestType(type))
    throw new ManifestError('unknown-manifest-type', `${where}: expected an image manifest or index, found ${type}`);
  if (!Array.isArray(v.layers)) return fail('expected "layers" to be a list');
  return {
    schemaVersion: 2,
    mediaType: type,
    config: parseDescriptor(v.config, `${where}: config`),
    layers: v.layers.map((d, i) => parseDescriptor(d, `${where}: layers[${i}]`)),
    ...rest,
  };
}

export function isIndex(document: Manifest | ImageIndex): document is ImageIndex {
  return 'manifests' in document;
}

/** The bytes to store: stable key order, no trailing newline. What came from a registry is kept as it came instead. */
export function encodeManifest(document: Manifest | ImageIndex): Buffer {
  return Buffer.from(JSON.stringify(document));
}
