import { codeOf } from '../errors.ts';
import { digestOf, isUnreadable } from '../registry/digest-of.ts';
import type { Repository } from '../registry/repository.ts';
import { readImageFacts } from './image-facts.ts';
import { compareSemver, parseSemver, type SemVer } from './tags/semver.ts';
import { isLatest, type TagGuard } from './tags/tag-guard.ts';

/** A tag that stays, and why. */
export interface KeptTag {
  tag: string;
  why: string;
}

/**
 * The tags that name a higher version in this repository than the one that is pushed. A label alone does not prove a
 * version (images inherit those of their base): the repository must have it as a tag, of that very image.
 */
export async function tagsThatStay(
  repository: Repository,
  tags: readonly string[],
  guard: TagGuard,
  signal?: AbortSignal,
): Promise<KeptTag[]> {
  const own = parseSemver(guard.version);
  if (own === undefined) return [];
  const kept: KeptTag[] = [];
  for (const tag of tags) {
    if ((guard.latestIsFree && isLatest(tag)) || isVersion(tag, own)) continue;
    const named = await higherThanNamed(repository, tag, own, signal).catch((error: unknown) => {
      // of another kind: it has no version that could be higher
      if (isUnreadable(error)) return undefined;
      throw error;
    });
    const higher = named ?? (guard.highest && isLatest(tag) ? await higherTag(repository, own, signal) : undefined);
    if (higher !== undefined) kept.push({ tag, why: `${higher} is higher than ${own.version}` });
  }
  return kept;
}

/** The tag that is the version itself is its own, whatever it named. */
function isVersion(tag: string, own: SemVer): boolean {
  return parseSemver(tag)?.version === own.version;
}

async function higherThanNamed(
  repository: Repository,
  tag: string,
  own: SemVer,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const digest = await digestOf(repository, tag, signal);
  if (digest === undefined) return undefined;
  const { version, semver } = await readImageFacts(repository, digest, signal);
  if (version === undefined || semver === undefined || compareSemver(semver, own) <= 0) return undefined;
  for (const name of new Set([version, semver.version, `v${semver.version}`]))
    if (/^\w[\w.-]{0,127}$/.test(name) && (await digestOf(repository, name, signal)) === digest)
      return `${tag} names ${semver.version}, which`;
  return undefined;
}

/** The highest of all tags, page by page. Versions with another suffix (`-alpine`, `-rc.1`) are another line. */
async function higherTag(
  repository: Repository,
  own: SemVer,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let highest = own;
  try {
    for await (const tag of repository.tags({ signal })) {
      const version = parseSemver(tag);
      if (version?.prerelease.join('.') === own.prerelease.join('.') && compareSemver(version, highest) > 0)
        highest = version;
    }
  } catch (error) {
    // a repository that nothing was pushed to yet
    if (codeOf(error) !== 'not-found') throw error;
  }
  return highest === own ? undefined : `the registry has ${highest.raw}, which`;
}
