import { randomBytes } from 'node:crypto';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { RegistryClient } from '../../src/registry/client.ts';
import { pushImage } from '../../src/registry/push.ts';
import { moveChannel } from '../../src/release/release.ts';
import type { Place, ReleaseRequest } from '../../src/release/request.ts';
import type { ReleaseReport } from '../../src/reports.ts';

/** An image of two platforms whose bytes are its own; labels say what a release looks at. */
export function versionedImage(version: string, labels: Record<string, string> = {}) {
  const content = new MemoryStore();
  const manifests = ['amd64', 'arm64'].map((architecture) => {
    const layer = content.put(MEDIA.ociLayerGzip, randomBytes(200));
    const config = content.put(
      MEDIA.ociConfig,
      JSON.stringify({
        os: 'linux',
        architecture,
        config: { Labels: { 'org.opencontainers.image.version': version, ...labels } },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
    );
    const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [layer] };
    const descriptor = content.put(MEDIA.ociManifest, JSON.stringify(manifest));
    return { ...descriptor, platform: { os: 'linux', architecture } };
  });
  const index = { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
  return { descriptor: content.put(MEDIA.ociIndex, JSON.stringify(index)), content, manifests };
}

export function placeOf(client: RegistryClient, name: string): Place {
  return { name, repository: client.repository(parseReference(name)) };
}

/** Puts images into repositories under their versions; their digests by version. */
export async function pushVersions(
  client: RegistryClient,
  names: readonly string[],
  versions: Record<string, Record<string, string>>,
): Promise<Record<string, Digest>> {
  const digests: Record<string, Digest> = {};
  for (const [version, labels] of Object.entries(versions)) {
    const image = versionedImage(version, labels);
    digests[version] = image.descriptor.digest;
    for (const name of names) await pushImage(client, image, parseReference(`${name}:${version}`));
  }
  return digests;
}

/** The engine with what every test wants the same. */
export function mover(places: readonly Place[], journal: string) {
  const common = { places, channel: 'production', journal, who: 'test', settleMs: 10 };
  const release = (digest: Digest, more: Partial<ReleaseRequest> = {}): Promise<ReleaseReport> =>
    moveChannel({ ...common, action: 'release', source: { place: places[0]!, digest }, ...more });
  const rollback = (to: string, more: Partial<ReleaseRequest> = {}): Promise<ReleaseReport> =>
    moveChannel({ ...common, action: 'rollback', to, ...more });
  return { release, rollback };
}

export async function live(place: Place, tag = 'production'): Promise<Digest | undefined> {
  try {
    return (await place.repository.resolve(tag)).digest;
  } catch {
    return undefined;
  }
}
