import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageIndex } from '../oci/manifest.ts';
import { choosePlatform, formatPlatform, hostPlatform, type Platform } from '../oci/platform.ts';
import { RegistryError } from './registry-error.ts';

/** What to take of an index: what serves the platform best; an index with one unnamed image has only that to give. */
export function chooseManifests(index: ImageIndex, platform: Platform | 'all' | undefined, name: string): Descriptor[] {
  if (platform === 'all') return index.manifests;
  const wanted = platform ?? hostPlatform();
  const images = index.manifests.filter((d) => d.annotations?.['vnd.docker.reference.type'] === undefined);
  const chosen =
    choosePlatform(images, wanted) ??
    (images.length === 1 && images[0]!.platform === undefined ? images[0] : undefined);
  if (chosen !== undefined) return [chosen];
  const there = images.map((d) => (d.platform === undefined ? 'unnamed' : formatPlatform(d.platform)));
  const list = [...new Set(there)].join(', ') || 'nothing';
  throw new RegistryError(
    'no-such-platform',
    `${name} has no image for ${formatPlatform(wanted)}, only for ${list}`,
    there.length > 0 ? { hint: 'choose one of these with --platform' } : {},
  );
}
