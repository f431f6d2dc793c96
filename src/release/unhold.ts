import { channelState, readHistory } from './history.ts';
import type { Place } from './request.ts';
import { checkChannel, shadowTag } from './shadow-tag.ts';

/** Ends the hold of a rollback: automatic releases move the channel again. False when it is not held. */
export async function unholdChannel(
  places: readonly Place[],
  channel: string,
  time: Date,
  signal?: AbortSignal,
): Promise<boolean> {
  let ended = false;
  for (const { repository } of places) {
    const history = await readHistory(repository, checkChannel(channel), signal);
    if (!channelState(history, undefined).held) continue;
    const { bytes, descriptor } = await repository.manifest(channel, { signal });
    await repository.pushManifest(bytes, descriptor.mediaType, shadowTag(channel, time, 'unhold', descriptor.digest), {
      signal,
    });
    ended = true;
  }
  return ended;
}
