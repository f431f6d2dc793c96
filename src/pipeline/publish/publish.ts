import { setTimeout as sleep } from 'node:timers/promises';
import { readBlob } from '../../content/read-blob.ts';
import type { Image } from '../../content/store.ts';
import { ContainerizeError, messageOf } from '../../errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Progress, silent, type Task } from '../../progress.ts';
import type { RegistryClient } from '../../registry/client.ts';
import { digestOf, isUnreadable } from '../../registry/digest-of.ts';
import type { KnownSources } from '../../registry/known-sources.ts';
import { pushImage } from '../../registry/push.ts';
import type { Repository } from '../../registry/repository.ts';
import { isImmutable } from '../../release/immutable.ts';
import { type KeptTag, tagsThatStay } from '../../release/monotonic.ts';
import { isLatest, type TagGuard } from '../../release/tags/tag-guard.ts';
import { groupNames, type PublishGroup } from './names.ts';

/** What one repository has of an image. */
export interface PublishedPlace {
  /** `ghcr.io/owner/app`. */
  repository: string;
  digest: Digest;
  /** Tags that name the digest now. */
  tags: string[];
  /** Tags that stay where they are. */
  kept: KeptTag[];
}

/** Why an image is not where it should be; `places` is where it is. */
export class PublishError extends ContainerizeError<
  'not-published' | 'published-in-part' | 'push-lost' | 'immutable-tag'
> {
  readonly places: readonly PublishedPlace[];

  constructor(
    code: PublishError['code'],
    message: string,
    options: { cause?: unknown; hint?: string; places?: readonly PublishedPlace[] } = {},
  ) {
    super(code, message, options);
    this.places = options.places ?? [];
  }
}

export interface PublishRequest {
  image: Image;
  /** Full names, of any number of registries. */
  names: readonly string[];
  /** Nothing gets a tag: the jobs of a matrix. */
  byDigest?: boolean;
  /** Keeps tags from moving to a lower version; absent: each moves. */
  guard?: TagGuard | undefined;
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
}

export interface PublishServices {
  client: RegistryClient;
  sources?: KnownSources | undefined;
}

/** When a tag is looked at again: some registries show what was put a moment later. */
const LOOKS_MS = [0, 200, 1000];

/** One repository on its way. */
interface Place extends PublishedPlace {
  group: PublishGroup;
  handle: Repository;
  task: Task;
  root: Descriptor;
}

/**
 * Brings one image to registries: to all of them side by side under its digest; only when each has it whole, the tags,
 * those that others follow (`latest`) last; each tag is read back. A registry that fails before that leaves no tag
 * anywhere. @throws PublishError, RegistryError
 */
export async function publishImage(services: PublishServices, request: PublishRequest): Promise<PublishedPlace[]> {
  const { progress = silent, signal } = request;
  const groups = groupNames(request.names, (note) => progress.warn(note));
  const tasks = groups.map(({ name }) => progress.start({ name: `push ${name}`, group: 'push' }));
  const settled = await Promise.allSettled(groups.map((group, i) => send(services, request, group, tasks[i]!)));
  signal?.throwIfAborted();
  const places = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = failures(groups, settled);
  if (failed.length > 0) {
    for (const place of places) place.task.done();
    throw unpublished(failed, places);
  }
  try {
    if (!request.byDigest) await setTags(places, request);
  } catch (error) {
    for (const place of places) place.task.fail(error);
    throw error;
  }
  for (const { task, digest } of places) {
    task.note(`digest ${digest}`);
    task.done();
  }
  return places.map(published);
}

async function send(
  { client, sources }: PublishServices,
  { image, progress, signal }: PublishRequest,
  group: PublishGroup,
  task: Task,
): Promise<Place> {
  const reference = { ...group.reference, digest: image.descriptor.digest };
  try {
    const root = await pushImage(client, image, reference, { progress, signal, sources });
    const handle = client.repository(reference);
    return { group, handle, task, root, repository: group.name, digest: root.digest, tags: [], kept: [] };
  } catch (error) {
    task.fail(error);
    throw error;
  }
}

/** Registries side by side, tags one after the other; one that stays in one registry stays in all. */
async function setTags(places: readonly Place[], { image, guard, signal }: PublishRequest): Promise<void> {
  if (guard !== undefined) await keep(places, guard, signal);
  for (const wave of [(tag: string) => !isLatest(tag), isLatest]) {
    const settled = await Promise.allSettled(
      places.map(async (place) => {
        const bytes = await readBlob(image.content, place.root);
        for (const tag of place.group.tags.filter(wave))
          if (!place.kept.some((kept) => kept.tag === tag)) await setTag(place, bytes, tag, signal);
      }),
    );
    const groups = places.map(({ group }) => group);
    const failed = failures(groups, settled);
    if (failed.length > 0) throw unfinished(failed, places);
  }
}

async function keep(places: readonly Place[], guard: TagGuard, signal: AbortSignal | undefined): Promise<void> {
  const found = await Promise.all(
    places.map(async ({ group, handle }) => ({
      name: group.name,
      kept: await tagsThatStay(handle, group.tags, guard, signal),
    })),
  );
  for (const place of places)
    for (const { name, kept } of found)
      for (const { tag, why } of kept) {
        if (!place.group.tags.includes(tag) || place.kept.some((other) => other.tag === tag)) continue;
        const elsewhere = name === place.group.name ? '' : ` in ${name}`;
        place.kept.push({ tag, why: `${why}${elsewhere}` });
        place.task.note(`${tag} stays: ${why}${elsewhere}`);
      }
}

async function setTag(place: Place, bytes: Buffer, tag: string, signal: AbortSignal | undefined): Promise<void> {
  const { handle, root, tags } = place;
  // some registries refuse to set a tag that names the very image already
  const before = await digestOf(handle, tag, signal).catch((error: unknown) => {
    if (isUnreadable(error)) return undefined;
    throw error;
  });
  if (before !== root.digest) {
    await handle.pushManifest(bytes, root.mediaType, tag, { signal }).catch((error: unknown) => {
      throw before !== undefined && isImmutable(error) ? immutable(place, tag, before, error) : error;
    });
    let found: Digest | undefined;
    for (const delay of LOOKS_MS) {
      await sleep(delay, undefined, signal === undefined ? {} : { signal });
      found = await digestOf(handle, tag, signal);
      if (found === root.digest) break;
    }
    if (found !== root.digest)
      throw new PublishError(
        'push-lost',
        `${place.repository}:${tag} names ${found ?? 'nothing'} after ${root.digest} was put there`,
        { hint: 'somebody else moved it at the same time, or the registry does not let tags move' },
      );
  }
  tags.push(tag);
}

function immutable({ repository, root }: Place, tag: string, before: Digest, cause: unknown): PublishError {
  return new PublishError(
    'immutable-tag',
    `${repository}:${tag} names ${before}, and the registry does not let it be moved to ${root.digest}`,
    { cause, hint: 'push under a new version, or exclude this tag from immutability' },
  );
}

interface Failure {
  name: string;
  error: unknown;
}

function failures(groups: readonly PublishGroup[], settled: readonly PromiseSettledResult<unknown>[]): Failure[] {
  return settled.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? [{ name: groups[i]!.name, error: outcome.reason }] : [],
  );
}

/** Before any tag was set. A single registry speaks for itself. */
function unpublished(failed: readonly Failure[], places: readonly Place[]): unknown {
  const cause = failed[0]!.error;
  if (failed.length === 1 && places.length === 0) return cause;
  const lines = [
    ...failed.map(({ name, error }) => `  ${name}: ${messageOf(error)}`),
    ...places.map(({ repository, digest }) => `  ${repository}: has ${digest}, without a tag`),
  ];
  return new PublishError(
    'not-published',
    `not every registry took the image, so no tag was set:\n${lines.join('\n')}`,
    {
      cause,
      hint: hintOf(cause, 'then push again: what is there is not sent twice'),
      places: places.map(published),
    },
  );
}

/** After tags were set. */
function unfinished(failed: readonly Failure[], places: readonly Place[]): unknown {
  const cause = failed[0]!.error;
  const done = places.filter(({ tags }) => tags.length > 0);
  if (failed.length === 1 && done.length === 0) return cause;
  const lines = [
    ...failed.map(({ name, error }) => `  ${name}: ${messageOf(error)}`),
    ...done.map(({ repository, tags, digest }) => `  ${repository}: ${tags.join(', ')} → ${digest}`),
  ];
  return new PublishError('published-in-part', `not every tag could be set, and some are:\n${lines.join('\n')}`, {
    cause,
    hint: hintOf(cause, 'then push again: it sets the rest'),
    places: places.map(published),
  });
}

function hintOf(cause: unknown, then: string): string {
  const own = cause instanceof ContainerizeError ? cause.hint : undefined;
  return own === undefined ? `see to that, ${then}` : `${own}; ${then}`;
}

function published({ repository, digest, tags, kept }: Place): PublishedPlace {
  return { repository, digest, tags, kept };
}
