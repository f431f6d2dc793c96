import type { Digest } from '../../oci/digest.ts';
import { mergeImages } from '../../pipeline/publish/merge.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { MergeJob, PushedName } from './job.ts';
import { pushedName } from './push-names.ts';

/** Makes the index in every repository that the names are in. */
export async function mergeNames(
  { names, digests, platforms, guard }: MergeJob,
  { engine, progress, signal }: { engine: Engine; progress: Progress; signal: AbortSignal },
): Promise<{ pushed: PushedName[]; platforms: string[] }> {
  const [client, sources] = await Promise.all([engine.registry(), engine.registrySources()]);
  const merged = await mergeImages(
    { client, sources },
    {
      names,
      digests: digests as Digest[],
      ...(platforms.length > 0 ? { platforms } : {}),
      guard,
      progress,
      signal,
    },
  );
  return { pushed: merged.places.map(pushedName), platforms: merged.platforms };
}
