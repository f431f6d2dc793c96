import type { Descriptor } from '../oci/descriptor.ts';
import { MAX_MANIFEST_SIZE } from '../oci/manifest.ts';
import { ContentError } from './content-error.ts';
import type { Fetcher } from './store.ts';
import { digesterFor, mismatch } from './verified-stream.ts';

/** A small blob's bytes, checked. For manifests and configs; refuses what claims to be larger than `max` bytes. */
export async function readBlob(
  from: Fetcher,
  descriptor: Descriptor,
  max: number = MAX_MANIFEST_SIZE,
): Promise<Buffer> {
  const where = `blob ${descriptor.digest}`;
  if (descriptor.size > max)
    throw new ContentError(
      'blob-too-large',
      `${where}: ${descriptor.size} bytes, more than the ${max} accepted for ${descriptor.mediaType}`,
    );
  const stream = await from.fetch(descriptor);
  const digester = digesterFor(descriptor);
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    digester.update(chunk);
    if (digester.size > descriptor.size) break;
    chunks.push(chunk);
  }
  const wrong = mismatch(descriptor, digester, where);
  if (wrong) throw wrong;
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
