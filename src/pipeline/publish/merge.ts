import { Readable } from 'node:stream';
import { readBlob } from '../../content/read-blob.ts';
import type { Fetcher } from '../../content/store.ts';
import { ContainerizeError, codeOf } from '../../errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, sha256 } from '../../oci/digest.ts';
import { parseImageConfig, platformOf } from '../../oci/image-config.ts';
import { encodeManifest, type ImageIndex, isIndex, parseManifest } from '../../oci/manifest.ts';
import { MEDIA } from '../../oci/media-type.ts';
import { formatPlatform, type Platform, parsePlatform, samePlatform } from '../../oci/platform.ts';
import { type Progress, silent } from '../../progress.ts';
import type { Repository } from '../../registry/repository.ts';
import { proveComplete } from '../../release/completeness.ts';
import type { TagGuard } from '../../release/tags/tag-guard.ts';
import { groupNames, type PublishGroup } from './names.ts';
import { type PublishedPlace, type PublishServices, publishImage } from './publish.ts';

export class MergeError extends ContainerizeError<
  'no-digests' | 'digest-missing' | 'platform-missing' | 'platform-twice' | 'platform-unexpected'
> {}

export interface MergeRequest {
  /** Full names of the index; the repository of one of them holds all digests, others get them from there. */
  names: readonly string[];
  digests: readonly Digest[];
  /** Platforms that must be there, all of them and no others; absent: whatever there is. */
  platforms?: readonly string[];
  /** Keeps tags from moving to a lower version. */
  guard?: TagGuard | undefined;
  progress?: Progress;
  signal?: AbortSignal | undefined;
}

export interface Merged {
  descriptor: Descriptor;
  platforms: string[];
  places: PublishedPlace[];
}

/**
 * Makes one index of images that jobs pushed by digest, once all of them are whole. The same digests give the same
 * bytes, so that a second merge changes nothing. @throws MergeError, ReleaseError `incomplete-image`, PublishError
 */
export async function mergeImages(services: PublishServices, request: MergeRequest): Promise<Merged> {
  const { names, digests, signal, progress = silent, guard } = request;
  if (digests.length === 0) throw new MergeError('no-digests', 'there are no digests to merge');
  const groups = groupNames(names);
  const task = progress.start({ name: `merge ${new Set(digests).size} images` });
  let content: Fetcher;
  let descriptor: Descriptor;
  let platforms: string[];
  try {
    const { name, repository } = await holder(services, groups, digests, signal);
    const children: Descriptor[] = [];
    for (const digest of new Set(digests)) {
      await proveComplete(repository, name, digest, signal);
      children.push(...(await childrenOf(repository, digest, signal)));
    }
    const manifests = [...new Map(children.map((child) => [child.digest, child])).values()].sort(byPlatform);
    checkPlatforms(
      manifests,
      request.platforms?.map((text) => parsePlatform(text)),
    );
    const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
    const bytes = Buffer.from(encodeManifest(index));
    descriptor = { mediaType: MEDIA.ociIndex, digest: sha256(bytes), size: bytes.length };
    const own = descriptor.digest;
    content = {
      fetch: async (d) => (d.digest === own ? Readable.from([bytes], { objectMode: false }) : repository.fetch(d)),
    };
    platforms = manifests.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)]));
    task.note(`digest ${own}: ${platforms.join(', ')}`);
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  }
  const places = await publishImage(services, { image: { descriptor, content }, names, guard, progress, signal });
  return { descriptor, platforms, places };
}

/** The repository that has all digests; the first one that was named tells what is missing. */
async function holder(
  { client }: PublishServices,
  groups: readonly PublishGroup[],
  digests: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<{ name: string; repository: Repository }> {
  let failure: unknown;
  for (const { name, reference } of groups) {
    const repository = client.repository(reference);
    const missing: Digest[] = [];
    for (const digest of digests)
      await repository.resolve(digest, { signal }).catch((error: unknown) => {
        if (codeOf(error) !== 'not-found') throw error;
        missing.push(digest);
      });
    if (missing.length === 0) return { name, repository };
    failure ??= new MergeError('digest-missing', `${name} does not have ${missing.join(', ')}`, {
      hint: 'each job of the matrix has to push by digest to this repository before the merge',
    });
  }
  throw failure;
}

/** The image with its platform; of an index its images. */
async function childrenOf(
  repository: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<Descriptor[]> {
  const { bytes, descriptor } = await repository.manifest(digest, { signal });
  const document = parseManifest(bytes, descriptor.mediaType, digest);
  if (isIndex(document)) return document.manifests;
  const config = parseImageConfig(await readBlob(repository, document.config), digest);
  const { mediaType, size } = descriptor;
  return [{ mediaType, digest, size, platform: platformOf(config) }];
}

function checkPlatforms(manifests: readonly Descriptor[], wanted: readonly Platform[] | undefined): void {
  const platforms = manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
  // attestations have none of their own
  const real = platforms.filter((platform) => platform.os !== 'unknown');
  const list = (some: readonly Platform[]): string => some.map(formatPlatform).join(', ');
  for (const [i, platform] of real.entries())
    if (real.slice(0, i).some((other) => samePlatform(other, platform)))
      throw new MergeError('platform-twice', `two of the digests are images for ${formatPlatform(platform)}`, {
        hint: 'give one digest for each platform',
      });
  if (wanted === undefined) return;
  const missing = wanted.filter((platform) => !real.some((other) => samePlatform(other, platform)));
  if (missing.length > 0)
    throw new MergeError('platform-missing', `no digest is an image for ${list(missing)}`, {
      hint: `there are images for ${list(real)}: a job of the matrix failed, or its digest is not in the list`,
    });
  const more = real.filter((platform) => !wanted.some((other) => samePlatform(other, platform)));
  if (more.length > 0)
    throw new MergeError('platform-unexpected', `there is an image for ${list(more)}, expected ${list(wanted)} only`, {
      hint: 'leave that digest out, or name its platform too',
    });
}

function byPlatform(a: Descriptor, b: Descriptor): number {
  const key = ({ platform, digest }: Descriptor): string =>
    `${platform === undefined ? '~' : formatPlatform(platform)} ${digest}`;
  return key(a) < key(b) ? -1 : 1;
}
