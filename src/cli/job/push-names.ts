import type { Image } from '../../content/store.ts';
import { ContainerizeError, codeOf } from '../../errors.ts';
import { formatReference, parseReference, type Reference, withDefaultTag } from '../../oci/reference.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { PushedName } from './job.ts';

export interface PushSurroundings {
  engine: Engine;
  progress: Progress;
  signal: AbortSignal;
  byDigest: boolean;
  /** `latest` moves only when this version is not lower than what it names. */
  highestOnly?: string;
}

export class PushError extends ContainerizeError<'push-lost' | 'not-found'> {}

/** An image of the store, by name. */
export async function imageOf(engine: Engine, name: string): Promise<Image> {
  const reference = formatReference(withDefaultTag(parseReference(name)));
  const descriptor = await (await engine.refs()).get(reference);
  if (descriptor === undefined)
    throw new PushError('not-found', `there is no image ${reference} in the store to push`, {
      hint: 'build it in an earlier step of this job under this name',
    });
  return { descriptor, content: await engine.content() };
}

/**
 * Pushes one image under several names: repositories in parallel, in each the content first and the tags last. Every tag
 * is read back: a registry that says yes and keeps something else is found out here.
 */
export async function pushNames(
  image: Image,
  names: readonly string[],
  around: PushSurroundings,
): Promise<PushedName[]> {
  const groups = new Map<string, Reference[]>();
  for (const name of names) {
    const reference = parseReference(name);
    const key = repositoryOf(reference);
    groups.set(key, [...(groups.get(key) ?? []), reference]);
  }
  const settled = await Promise.allSettled(
    [...groups].map(([name, references]) => pushGroup(image, name, references, around)),
  );
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

async function pushGroup(
  image: Image,
  name: string,
  references: readonly Reference[],
  { engine, progress, signal, byDigest, highestOnly }: PushSurroundings,
): Promise<PushedName> {
  const [{ pushImage }, client, sources] = await Promise.all([
    import('../../registry/push.ts'),
    engine.registry(),
    engine.registrySources(),
  ]);
  const { digest } = image.descriptor;
  const { tag: _, ...bare } = references[0]!;
  const task = progress.start({ name: `push ${name}`, group: 'push' });
  try {
    const repository = client.repository({ ...bare, digest });
    let tags = byDigest ? [] : references.map((reference) => withDefaultTag(reference).tag!);
    if (highestOnly !== undefined && tags.includes('latest') && (await isLower(highestOnly, repository, signal))) {
      tags = tags.filter((tag) => tag !== 'latest');
      task.note(`latest stays: it names a higher version than ${highestOnly}`);
    }
    const [first, ...more] = tags;
    await pushImage(client, image, first === undefined ? { ...bare, digest } : { ...bare, tag: first }, {
      progress,
      signal,
      sources,
      tags: more,
    });
    for (const tag of tags) {
      const found = await repository.resolve(tag, { signal });
      if (found.digest !== digest)
        throw new PushError('push-lost', `${name}:${tag} names ${found.digest} after ${digest} was pushed to it`, {
          hint: 'somebody else moved it at the same time, or the registry does not let tags move',
        });
    }
    task.note(`digest ${digest}`);
    task.done();
    return { repository: name, digest, tags };
  } catch (error) {
    task.fail(error);
    throw error;
  }
}

/** Whether `latest` names an image of a higher version. */
async function isLower(
  version: string,
  repository: ReturnType<Awaited<ReturnType<Engine['registry']>>['repository']>,
  signal: AbortSignal,
): Promise<boolean> {
  const [{ readImageFacts }, { compareSemver, parseSemver }] = await Promise.all([
    import('../../release/image-facts.ts'),
    import('../../release/tags/semver.ts'),
  ]);
  const own = parseSemver(version);
  if (own === undefined) return false;
  try {
    const current = await repository.resolve('latest', { signal });
    const { semver } = await readImageFacts(repository, current.digest, signal);
    return semver !== undefined && compareSemver(own, semver) < 0;
  } catch (error) {
    if (codeOf(error) === 'not-found') return false;
    throw error;
  }
}

/** `ghcr.io/owner/app`. */
export function repositoryOf(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}
