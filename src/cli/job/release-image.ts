import { join } from 'node:path';
import type { Digest } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { Place } from '../../release/request.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { PushedName, ReleaseJob } from './job.ts';
import { repositoryOf } from './push-names.ts';

/** Moves a channel, as the commands release, promote and rollback do. */
export async function releaseImage(
  job: ReleaseJob,
  pushed: readonly PushedName[],
  { engine, progress, signal }: { engine: Engine; progress: Progress; signal: AbortSignal },
): Promise<ReleaseReport> {
  const [{ moveChannel }, client] = await Promise.all([import('../../release/release.ts'), engine.registry()]);
  const placeOf = (name: string): Place => {
    const { tag: _, digest: __, ...reference } = parseReference(name);
    return { name: repositoryOf(reference), repository: client.repository(reference) };
  };
  const names = job.repositories.length > 0 ? job.repositories : pushed.map(({ repository }) => repository);
  const places = names.map(placeOf);
  let source: { place: Place; digest: Digest } | undefined;
  if (job.action !== 'rollback') {
    if (job.source === undefined) source = { place: places[0]!, digest: pushed[0]!.digest as Digest };
    else {
      const { tag = 'latest', digest, ...reference } = parseReference(job.source);
      const found = places.find((place) => place.name === repositoryOf(reference)) ?? placeOf(job.source);
      source = { place: found, digest: digest ?? (await found.repository.resolve(tag, { signal })).digest };
    }
  }
  return moveChannel({
    action: job.action,
    places,
    channel: job.channel,
    ...(source === undefined ? { to: job.to ?? 'previous' } : { source }),
    force: job.force,
    noHold: !job.hold,
    dryRun: job.dryRun,
    journal: join(engine.settings.root, 'releases'),
    who: job.who,
    progress,
    signal,
  });
}
