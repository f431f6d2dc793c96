import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isIndex, parseManifest } from '../oci/manifest.ts';
import { isForeignLayerType } from '../oci/media-type.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Repository } from '../registry/repository.ts';
import { ReleaseError } from './error.ts';

/** Requests at once. */
const PARALLEL = 8;

/**
 * Proves that everything that `digest` leads to is still in the repository: every platform's manifest, every config,
 * every layer, what attests them. Clean-up jobs delete untagged children of an index, and a tag moved to such an index
 * breaks every pull. @throws ReleaseError `incomplete-image`, naming all that is missing
 */
export async function proveComplete(
  repository: Repository,
  name: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  const blobs = new Map<Digest, [blob: Descriptor, what: string]>();
  const walk = async (at: Digest, what: string): Promise<void> => {
    let got: Awaited<ReturnType<Repository['manifest']>>;
    try {
      got = await repository.manifest(at, { signal });
    } catch (error) {
      if (codeOf(error) !== 'not-found') throw error;
      missing.push(`${what} ${at}`);
      return;
    }
    const document = parseManifest(got.bytes, got.descriptor.mediaType, at);
    if (isIndex(document)) {
      for (const child of document.manifests) await walk(child.digest, describe(child));
      return;
    }
    blobs.set(document.config.digest, [document.config, `config of ${what}`]);
    for (const layer of document.layers)
      if (!(isForeignLayerType(layer.mediaType) && layer.urls?.length))
        blobs.set(layer.digest, [layer, `layer of ${what}`]);
  };
  await walk(digest, 'manifest');
  const queue = [...blobs.values()];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [blob, what] = next;
      if (!(await repository.has(blob, { signal }))) missing.push(`${what} ${blob.digest}`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (missing.length === 0) return;
  const [first, ...rest] = missing.sort();
  throw new ReleaseError(
    'incomplete-image',
    `${name}@${digest} is not whole: ${missing.length === 1 ? first : `${missing.length} parts are missing:\n  ${[first, ...rest].slice(0, 20).join('\n  ')}`}`,
    {
      hint: name.startsWith('ghcr.io/')
        ? 'nothing was moved; GitHub keeps deleted package versions for 30 days: restore them on the package’s page, and keep clean-up jobs from deleting untagged versions'
        : 'nothing was moved; push the image again, or choose another target',
    },
  );
}

function describe(child: Descriptor): string {
  return child.platform === undefined ? 'manifest' : `manifest of ${formatPlatform(child.platform)}`;
}
