import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import { isIndexType, isManifestType } from '../oci/media-type.ts';
import { ContentError } from './content-error.ts';
import { childrenOf } from './copy.ts';
import { readBlob } from './read-blob.ts';
import type { Fetcher } from './store.ts';

/** Digests of everything that the roots lead to. What is missing or unreadable leads nowhere, but keeps its own digest. */
export async function reachableFrom(store: Fetcher, roots: Iterable<Descriptor>): Promise<Set<Digest>> {
  const reached = new Set<Digest>();
  const open: Descriptor[] = [...roots];
  for (let descriptor = open.pop(); descriptor !== undefined; descriptor = open.pop()) {
    if (reached.has(descriptor.digest)) continue;
    reached.add(descriptor.digest);
    if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) continue;
    const document = await readDocument(store, descriptor);
    if (document) open.push(...childrenOf(document), ...(document.subject ? [document.subject] : []));
  }
  return reached;
}

/** A manifest that is none: codes, since a bundle shortens the names of classes. */
const NOT_READABLE = new Set(['invalid-manifest', 'schema-1', 'unknown-manifest-type', 'invalid-descriptor']);

async function readDocument(store: Fetcher, descriptor: Descriptor) {
  try {
    return parseManifest(await readBlob(store, descriptor), descriptor.mediaType, descriptor.digest);
  } catch (error) {
    // Of an index for many platforms only some manifests are there; a damaged one was removed by the read.
    if (error instanceof ContentError || NOT_READABLE.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
