import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, sha256 } from '../oci/digest.ts';
import { encodeManifest, type ImageIndex, isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-type.ts';

/** A tag that is read and written as a whole. */
export interface ReferrersTag {
  read(tag: string): Promise<Buffer | undefined>;
  write(tag: string, bytes: Buffer): Promise<void>;
}

/** The tag that stands in for the referrers list: distribution-spec § Referrers Tag Schema. */
function referrersTag(subject: Digest): string {
  return subject.replace(':', '-').slice(0, 128);
}

export async function referrersIndex(access: ReferrersTag, subject: Digest): Promise<ImageIndex> {
  const bytes = await access.read(referrersTag(subject));
  const document = bytes === undefined ? undefined : parseManifest(bytes, undefined, `referrers of ${subject}`);
  return document !== undefined && isIndex(document)
    ? document
    : { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [] };
}

/** Tries when somebody else changed the list in the same moment. */
const TRIES = 3;

/**
 * Adds a manifest with a subject to the list kept under the tag. Registries offer no compare-and-swap, so we read back and
 * repeat when our entry was overwritten.
 */
export async function addReferrer(
  access: ReferrersTag,
  document: Manifest | ImageIndex,
  descriptor: Descriptor,
): Promise<void> {
  const subject = document.subject!.digest;
  const artifactType = document.artifactType ?? (isIndex(document) ? undefined : document.config.mediaType);
  const entry: Descriptor = {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
  for (let i = 0; i < TRIES; i++) {
    const index = await referrersIndex(access, subject);
    if (index.manifests.some((d) => d.digest === entry.digest)) return;
    const bytes = encodeManifest({ ...index, manifests: [...index.manifests, entry] });
    await access.write(referrersTag(subject), bytes);
    const now = await access.read(referrersTag(subject));
    if (now !== undefined && sha256(now) === sha256(bytes)) return;
  }
}
