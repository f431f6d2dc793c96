import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../registry/digest-of.ts';
import type { ReleaseReport, TagMove } from '../reports.ts';
import { ReleaseError } from './error.ts';
import { type ImageFacts, readImageFacts } from './image-facts.ts';
import type { ReleaseRequest } from './request.ts';
import { compareSemver } from './tags/semver.ts';

/** What a channel comes from and goes to. */
export interface Course {
  target: Digest;
  current: Digest | undefined;
  /** Moves of a run that was cut off: where its tags came from is known. */
  earlier?: readonly TagMove[] | undefined;
}

/** What is going to move, tag by tag: the channel's own is the last. @throws ReleaseError `older-version` */
export async function planMoves(request: ReleaseRequest, { target, current, earlier }: Course): Promise<ReleaseReport> {
  const { action, channel, places, tags = [], signal, dryRun = false } = request;
  const first = places[0]!;
  const [to, from] = await Promise.all([
    readImageFacts((request.source?.place ?? first).repository, target, signal),
    current === undefined ? undefined : readImageFacts(first.repository, current, signal),
  ]);
  refuseOlder(request, channel, from, to);
  const moves: TagMove[] = [];
  for (const tag of [...tags.filter((other) => other !== channel), channel])
    for (const { name, repository } of places) {
      const known = earlier?.find((move) => move.repository === name && move.tag === tag);
      const digest = known === undefined ? await digestOf(repository, tag, signal) : (known.from as Digest | undefined);
      if (known === undefined && digest !== undefined && digest !== current && digest !== target)
        refuseOlder(request, tag, await readImageFacts(repository, digest, signal), to);
      const state = known?.state === 'moved' ? 'moved' : digest === target ? 'unchanged' : 'planned';
      moves.push({ repository: name, tag, ...(digest === undefined ? {} : { from: digest }), to: target, state });
    }
  return {
    action,
    channel,
    repositories: places.map((place) => place.name),
    ...(current === undefined ? {} : { fromDigest: current }),
    ...(from?.version === undefined ? {} : { fromVersion: from.version }),
    toDigest: target,
    ...(to.version === undefined ? {} : { toVersion: to.version }),
    changed: false,
    dryRun,
    moves,
    gates: [],
    held: false,
  };
}

/** A tag does not go down but by a rollback. */
function refuseOlder(
  { action, force, channel }: ReleaseRequest,
  tag: string,
  from: ImageFacts | undefined,
  to: ImageFacts,
): void {
  if (action === 'rollback' || force || !to.semver || !from?.semver) return;
  if (compareSemver(to.semver, from.semver) >= 0) return;
  throw new ReleaseError('older-version', `${tag} is at ${from.version}, which is higher than ${to.version}`, {
    hint:
      tag === channel
        ? 'go back with containerize rollback, or release it all the same with --force'
        : `leave ${tag} out, or move it all the same with --force`,
  });
}
