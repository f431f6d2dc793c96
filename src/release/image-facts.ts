import { readBlob } from '../content/read-blob.ts';
import { codeOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import { isIndex, parseManifest } from '../oci/manifest.ts';
import type { Repository } from '../registry/repository.ts';
import { parseSemver, type SemVer } from './tags/semver.ts';

/** What an image says about itself, in its labels. */
export interface ImageFacts {
  version?: string;
  semver?: SemVer;
  /** `io.containerize.schema-revision`: the version of the data that the program works with. */
  schemaRevision?: number;
}

const VERSION = 'org.opencontainers.image.version';
const SCHEMA = 'io.containerize.schema-revision';

/** Labels of the first image of an index; nothing of an image that cannot be read. */
export async function readImageFacts(
  repository: Repository,
  digest: Digest,
  signal?: AbortSignal,
): Promise<ImageFacts> {
  const labels = await labelsOf(repository, digest, signal);
  const version = labels[VERSION];
  const semver = version === undefined ? undefined : parseSemver(version);
  const schema = labels[SCHEMA];
  return {
    ...(version ? { version } : {}),
    ...(semver === undefined ? {} : { semver }),
    ...(schema !== undefined && /^\d{1,15}$/.test(schema) ? { schemaRevision: Number(schema) } : {}),
  };
}

async function labelsOf(
  repository: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, string>>> {
  try {
    for (let at = digest, depth = 0; depth < 4; depth++) {
      const { bytes, descriptor } = await repository.manifest(at, { signal });
      const document = parseManifest(bytes, descriptor.mediaType, at);
      if (isIndex(document)) {
        const child = document.manifests.find((m) => m.platform?.os !== 'unknown') ?? document.manifests[0];
        if (child === undefined) return {};
        at = child.digest;
        continue;
      }
      const config = parseImageConfig(await readBlob(repository, document.config), document.config.digest);
      return { ...config.config?.Labels, ...document.annotations };
    }
    return {};
  } catch (error) {
    // an artifact without an image's config has no labels; what is missing is for completeness to say
    if (['invalid-image-config', 'invalid-manifest', 'not-found'].includes(codeOf(error) ?? '')) return {};
    throw error;
  }
}
