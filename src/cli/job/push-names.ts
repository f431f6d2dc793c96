import type { Image } from '../../content/store.ts';
import { ContainerizeError } from '../../errors.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { PublishedPlace } from '../../pipeline/publish/publish.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { TagGuard } from '../../release/tags/tag-guard.ts';
import type { PushedName } from './job.ts';

export interface PushSurroundings {
  engine: Engine;
  progress: Progress;
  signal: AbortSignal;
  byDigest: boolean;
  /** Keeps tags from moving to a lower version. */
  guard?: TagGuard | undefined;
}

export class PushError extends ContainerizeError<'not-found'> {}

/** An image of the store, by name. */
async function imageOf(engine: Engine, name: string): Promise<Image> {
  const reference = formatReference(withDefaultTag(parseReference(name)));
  const descriptor = await (await engine.refs()).get(reference);
  if (descriptor === undefined)
    throw new PushError('not-found', `there is no image ${reference} in the store to push`, {
      hint: 'build it in an earlier step of this job under this name',
    });
  return { descriptor, content: await engine.content() };
}

/** Pushes one image of the store under several names. */
export async function pushNames(
  image: Image,
  names: readonly string[],
  { engine, ...how }: PushSurroundings,
): Promise<PushedName[]> {
  const [{ publishImage }, client, sources] = await Promise.all([
    import('../../pipeline/publish/publish.ts'),
    engine.registry(),
    engine.registrySources(),
  ]);
  const places = await publishImage({ client, sources }, { image, names, ...how });
  return places.map(pushedName);
}

/** Pushes images of the store under their names: those of one image to all their registries at once. */
export async function pushStored(
  names: readonly string[],
  how: PushSurroundings,
  onPushed: (pushed: PushedName[]) => void,
): Promise<void> {
  const images = new Map<string, { image: Image; names: string[] }>();
  // all of them are looked for before the first is sent
  for (const name of names) {
    const image = await imageOf(how.engine, name);
    const entry = images.get(image.descriptor.digest) ?? { image, names: [] };
    images.set(image.descriptor.digest, entry);
    entry.names.push(name);
  }
  for (const { image, names: own } of images.values()) onPushed(await pushNames(image, own, how));
}

/** What a report says of a place. */
export function pushedName({ kept, ...place }: PublishedPlace): PushedName {
  return kept.length === 0 ? place : { ...place, kept: kept.map(({ tag }) => tag) };
}
