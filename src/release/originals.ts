import { copyGraph } from '../content/copy.ts';
import type { Digest } from '../oci/digest.ts';
import type { ReleaseReport } from '../reports.ts';
import { proveComplete } from './completeness.ts';
import { mounting } from './mounting.ts';
import type { Place, ReleaseRequest } from './request.ts';
import type { Original } from './tag-mover.ts';

/** Manifests as they were pushed, by repository and digest: whatever may have to be put is read before anything moves. */
export class Originals {
  readonly #known = new Map<string, Original>();

  get(repository: string, digest: string): Original | undefined {
    return this.#known.get(`${repository}@${digest}`);
  }

  async load({ name, repository }: Place, digest: Digest, signal: AbortSignal | undefined): Promise<Original> {
    const known = this.get(name, digest);
    if (known !== undefined) return known;
    const { bytes, descriptor } = await repository.manifest(digest, { signal });
    const original = { bytes, mediaType: descriptor.mediaType };
    this.#known.set(`${name}@${digest}`, original);
    return original;
  }
}

/**
 * Makes sure that the target is whole in every place, copied where it lacks, and reads all bytes that may be put. A dry
 * run copies nothing. @throws ReleaseError `incomplete-image`
 */
export async function prepareTarget(
  { places, source, signal, dryRun, progress }: ReleaseRequest,
  target: Digest,
  { moves }: ReleaseReport,
): Promise<Originals> {
  const originals = new Originals();
  if (source !== undefined) await proveComplete(source.place.repository, source.place.name, target, signal);
  for (const place of places) {
    if (source !== undefined && source.place.name !== place.name) {
      const { descriptor } = await source.place.repository.manifest(target, { signal });
      if (dryRun) continue;
      await copyGraph(source.place.repository, mounting(place, source.place), descriptor, {
        progress,
        signal,
        group: place.name,
      });
    }
    if (source?.place.name !== place.name) await proveComplete(place.repository, place.name, target, signal);
  }
  if (dryRun) return originals;
  for (const { repository, from, to } of moves)
    for (const digest of [from, to])
      if (digest !== undefined)
        await originals.load(places.find(({ name }) => name === repository)!, digest as Digest, signal);
  return originals;
}
