import { join } from 'node:path';
import type { Digest } from '../../oci/digest.ts';
import { DEFAULT_REGISTRY, parseReference, type Reference } from '../../oci/reference.ts';
import type { Progress } from '../../progress.ts';
import type { RegistryFlags } from '../../registry/open.ts';
import type { Gate } from '../../release/gates.ts';
import { type HistoryEntry, readHistory } from '../../release/history.ts';
import { moveChannel } from '../../release/release.ts';
import type { Place, ReleaseRequest } from '../../release/request.ts';
import { parseShadowTag } from '../../release/shadow-tag.ts';
import { unholdChannel } from '../../release/unhold.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { Engine } from '../wire.ts';

/** A channel and where it is, in names. */
export interface ChannelRequest {
  action: 'release' | 'promote' | 'rollback';
  /** Repositories without tags, `ghcr.io/owner/app`. */
  repositories: readonly string[];
  channel: string;
  /** Release, promote: a name with a tag or a digest. */
  source?: string;
  /** Rollback: `previous`, `previous~N`, a tag, a version or a digest. */
  to?: string;
  tags?: readonly string[];
  expectCurrent?: Digest;
  force?: boolean;
  noHold?: boolean;
  onlyTag?: boolean;
  dryRun?: boolean;
  gates?: readonly Gate[];
  who: string;
  registry?: RegistryFlags;
  progress?: Progress;
  signal?: AbortSignal | undefined;
  onPlan?: ReleaseRequest['onPlan'];
}

/** Makes a channel name an image, as the commands release, promote and rollback do. @throws ReleaseError */
export async function releaseChannel(engine: Engine, request: ChannelRequest): Promise<ReleaseReport> {
  const { repositories, source, to, registry, onPlan, signal, ...rest } = request;
  const places = await placesOf(engine, repositories, registry);
  return moveChannel({
    ...rest,
    places,
    ...(source === undefined ? { to: to ?? 'previous' } : { source: await sourceOf(engine, source, places, request) }),
    ...(onPlan === undefined ? {} : { onPlan }),
    journal: join(engine.settings.root, 'releases'),
    signal,
  });
}

async function sourceOf(
  engine: Engine,
  name: string,
  places: readonly Place[],
  { registry, signal }: ChannelRequest,
): Promise<{ place: Place; digest: Digest }> {
  const { tag = 'latest', digest, ...reference } = parseReference(name);
  const repository = repositoryName(reference);
  const place = places.find((p) => p.name === repository) ?? (await placesOf(engine, [repository], registry))[0]!;
  return { place, digest: digest ?? (await place.repository.resolve(tag, { signal })).digest };
}

/** Ends the hold that a rollback left; false when there was none. */
export async function unhold(
  engine: Engine,
  repositories: readonly string[],
  channel: string,
  options: { registry?: RegistryFlags; signal?: AbortSignal } = {},
): Promise<boolean> {
  return unholdChannel(await placesOf(engine, repositories, options.registry), channel, new Date(), options.signal);
}

/** Events of a channel, or of all channels of a repository, oldest first; what each names now. */
export async function releaseHistory(
  engine: Engine,
  repository: string,
  channel: string | undefined,
  options: { registry?: RegistryFlags; signal?: AbortSignal } = {},
): Promise<(HistoryEntry & { channel: string })[]> {
  const { signal } = options;
  const [place] = await placesOf(engine, [repository], options.registry);
  const channels = new Set<string>();
  if (channel !== undefined) channels.add(channel);
  else
    for await (const tag of place!.repository.tags({ signal })) {
      const shadow = parseShadowTag(tag);
      if (shadow !== undefined) channels.add(shadow.channel);
    }
  const entries: (HistoryEntry & { channel: string })[] = [];
  for (const name of channels)
    for (const entry of await readHistory(place!.repository, name, signal)) entries.push({ ...entry, channel: name });
  return entries.sort((a, b) => a.time.getTime() - b.time.getTime());
}

async function placesOf(engine: Engine, names: readonly string[], flags?: RegistryFlags): Promise<Place[]> {
  const client = await engine.registry(flags);
  const references = names.map((name) => {
    const { tag: _, digest: __, ...reference } = parseReference(name);
    return reference;
  });
  const places = references.map((r) => ({ name: repositoryName(r), repository: client.repository(r) }));
  return [...new Map(places.map((place) => [place.name, place])).values()];
}

/** As people write it: Docker Hub's own name is left out. */
export function repositoryName({ registry, repository }: Pick<Reference, 'registry' | 'repository'>): string {
  return registry === DEFAULT_REGISTRY ? repository : `${registry}/${repository}`;
}
