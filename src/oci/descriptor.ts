import { ContainerizeError } from '../errors.ts';
import { type Digest, isDigest, sha256 } from './digest.ts';
import type { MediaType } from './media-type.ts';
import { type Platform, parsePlatformObject } from './platform.ts';

export type Annotations = Record<string, string>;

/** Names one blob: what it is, its digest, its size in bytes. OCI image-spec, descriptor.md. */
export interface Descriptor {
  mediaType: MediaType;
  digest: Digest;
  size: number;
  platform?: Platform;
  annotations?: Annotations;
  artifactType?: MediaType;
  urls?: string[];
}

export class DescriptorError extends ContainerizeError<'invalid-descriptor'> {}

/** The descriptor of bytes that are at hand. */
export function describe(mediaType: MediaType, content: Uint8Array | string): Descriptor {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { mediaType, digest: sha256(bytes), size: bytes.byteLength };
}

/** Checks a descriptor that came from outside. `where` names it in the error: `layers[2] of sha256:…`. */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  const fail = (what: string): never => {
    throw new DescriptorError('invalid-descriptor', `${where}: ${what}`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('expected a descriptor object');
  const v = value as Record<string, unknown>;
  if (typeof v.mediaType !== 'string' || v.mediaType === '') return fail('expected mediaType to be a string');
  if (typeof v.digest !== 'string' || !isDigest(v.digest))
    return fail(`expected digest to be like sha256:<hex>, found ${JSON.stringify(v.digest)?.slice(0, 100)}`);
  if (typeof v.size !== 'number' || !Number.isSafeInteger(v.size) || v.size < 0)
    return fail(`expected size to be a non-negative integer, found ${JSON.stringify(v.size)?.slice(0, 40)}`);
  const result: Descriptor = { mediaType: v.mediaType, digest: v.digest, size: v.size };
  if (v.platform !== undefined) result.platform = parsePlatformObject(v.platform, `${where}.platform`);
  if (isStringMap(v.annotations)) result.annotations = v.annotations;
  if (typeof v.artifactType === 'string') result.artifactType = v.artifactType;
  if (Array.isArray(v.urls) && v.urls.every((u) => typeof u === 'string')) result.urls = v.urls;
  return result;
}

export function isStringMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((v) => typeof v === 'string')
  );
}
