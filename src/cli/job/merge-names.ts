import type { Digest } from '../../oci/digest.ts';
import { parseReference, withDefaultTag } from '../../oci/reference.ts';
import { mergeImages } from '../../pipeline/merge.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { MergeJob, PushedName } from './job.ts';
import { repositoryOf } from './push-names.ts';

/** Makes the index in every repository that the names are in. */
export async function mergeNames(
  job: MergeJob,
  { engine, progress, signal }: { engine: Engine; progress: Progress; signal: AbortSignal },
): Promise<{ pushed: PushedName[]; platforms: string[] }> {
  const groups = new Map<string, string[]>();
  for (const name of job.names) {
    const reference = withDefaultTag(parseReference(name));
    const key = repositoryOf(reference);
    groups.set(key, [...(groups.get(key) ?? []), reference.tag!]);
  }
  const pushed: PushedName[] = [];
  let platforms: string[] = [];
  for (const [repository, tags] of groups) {
    const merged = await mergeImages(engine, {
      repository,
      digests: job.digests as Digest[],
      tags,
      ...(job.platforms.length > 0 ? { platforms: job.platforms } : {}),
      progress,
      signal,
    });
    pushed.push({ repository, digest: merged.descriptor.digest, tags });
    platforms = merged.platforms;
  }
  return { pushed, platforms };
}
