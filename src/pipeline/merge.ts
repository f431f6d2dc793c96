import { readBlob } from '../content/read-blob.ts';
import { ContainerizeError, codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, sha256 } from '../oci/digest.ts';
import { parseImageConfig, platformOf } from '../oci/image-config.ts';
import { encodeManifest, type ImageIndex, isIndex, parseManifest } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-type.ts';
import { formatPlatform, type Platform, parsePlatform, samePlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { type Progress, silent } from '../progress.ts';
import type { Repository } from '../registry/repository.ts';
import { proveComplete } from '../release/completeness.ts';
import type { Engine } from './wire.ts';

export class MergeError extends ContainerizeError<
  'no-digests' | 'digest-missing' | 'platform-missing' | 'platform-twice' | 'push-lost'
> {}

export interface MergeRequest {
  /** Repository that holds all digests, `ghcr.io/owner/app`. */
  repository: string;
  digests: readonly Digest[];
  /** Tags of the index. */
  tags: readonly string[];
  /** Platforms that must be there, all of them and no others. */
  platforms?: readonly string[];
  progress?: Progress;
  signal?: AbortSignal | undefined;
}

/**
 * Makes one index of images that jobs pushed by digest, once all of them are whole. The same digests give the same
 * bytes, so that a second merge changes nothing. @throws MergeError
 */
export async function mergeImages(
  engine: Engine,
  request: MergeRequest,
): Promise<{ descriptor: Descriptor; platforms: string[] }> {
  const { signal, progress = silent } = request;
  if (request.digests.length === 0) throw new MergeError('no-digests', 'there are no digests to merge');
  const { tag: _, digest: __, ...reference } = parseReference(request.repository);
  const repository = (await engine.registry()).repository(reference);
  const task = progress.start({ name: `merge ${request.digests.length} images in ${request.repository}` });
  try {
    const children: Descriptor[] = [];
    for (const digest of new Set(request.digests)) {
      await proveComplete(repository, request.repository, digest, signal);
      children.push(...(await childrenOf(repository, request.repository, digest, signal)));
    }
    const manifests = [...new Map(children.map((child) => [child.digest, child])).values()].sort(byPlatform);
    checkPlatforms(
      manifests,
      request.platforms?.map((text) => parsePlatform(text)),
    );
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
    const bytes = Buffer.from(encodeManifest(index));
    const digest = sha256(bytes);
    for (const tag of request.tags.length > 0 ? request.tags : [undefined]) {
      await repository.pushManifest(bytes, MEDIA.ociIndex, tag, { signal });
      const found = await repository.resolve(tag ?? digest, { signal });
      if (found.digest !== digest)
        throw new MergeError(
          'push-lost',
          `${request.repository}:${tag} names ${found.digest} after ${digest} was pushed`,
        );
    }
    task.note(`digest ${digest}`);
    task.done();
    return {
      descriptor: { mediaType: MEDIA.ociIndex, digest, size: bytes.length },
      platforms: manifests.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)])),
    };
  } catch (error) {
    task.fail(error);
    throw error;
  }
}

/** The image with its platform; of an index its images. */
async function childrenOf(
  repository: Repository,
  name: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<Descriptor[]> {
  try {
    const { bytes, descriptor } = await repository.manifest(digest, { signal });
    const document = parseManifest(bytes, descriptor.mediaType, digest);
    if (isIndex(document)) return document.manifests;
    const config = parseImageConfig(await readBlob(repository, document.config), digest);
    const { mediaType, size } = descriptor;
    return [{ mediaType, digest, size, platform: platformOf(config) }];
  } catch (error) {
    if (codeOf(error) !== 'not-found') throw error;
    throw new MergeError('digest-missing', `${name}@${digest} is not there`, {
      hint: 'each job of the matrix has to push by digest to this repository before the merge',
      cause: error,
    });
  }
}

function checkPlatforms(manifests: readonly Descriptor[], wanted: readonly Platform[] | undefined): void {
  const platforms = manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
  const isAttestation = (platform: Platform): boolean => platform.os === 'unknown';
  const real = platforms.filter((platform) => !isAttestation(platform));
  for (const [i, platform] of real.entries())
    if (real.slice(0, i).some((other) => samePlatform(other, platform)))
      throw new MergeError('platform-twice', `two of the digests are images for ${formatPlatform(platform)}`, {
        hint: 'give one digest for each platform',
      });
  const missing = (wanted ?? []).filter((platform) => !real.some((other) => samePlatform(other, platform)));
  if (missing.length > 0)
    throw new MergeError('platform-missing', `no digest is an image for ${missing.map(formatPlatform).join(', ')}`, {
      hint: `there are images for ${real.map(formatPlatform).join(', ')}: a job of the matrix failed, or its digest is not in the list`,
    });
}

function byPlatform(a: Descriptor, b: Descriptor): number {
  const key = ({ platform, digest }: Descriptor): string =>
    `${platform === undefined ? '~' : formatPlatform(platform)} ${digest}`;
  return key(a) < key(b) ? -1 : 1;
}
