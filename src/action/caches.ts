import { hasCacheService } from '../cache/actions/worker.ts';
import { cacheLines } from '../cli/build/cache-lines.ts';
import type { Job } from '../cli/job/job.ts';
import type { CacheReport } from '../reports.ts';
import type { ActionInputs } from './inputs.ts';
import type { NamedReport } from './reports.ts';

/** Says that there shall be none, where there would be one by default. */
const NONE = 'none';

/**
 * The caches of a step. On GitHub's own runners, whose disks are new each time, a step that names none has GitHub's cache
 * service; runners of one's own keep what they built.
 */
export function cachesOf(
  { cache, build }: ActionInputs,
  env: Readonly<Record<string, string | undefined>>,
): { from: string[]; to: string[] } {
  const named = cache.from.length + cache.to.length > 0;
  if (!named && !build.noCache && env.RUNNER_ENVIRONMENT === 'github-hosted' && hasCacheService(env))
    return { from: ['type=gha'], to: ['type=gha'] };
  const wanted = (list: readonly string[]) => list.filter((spec) => spec !== NONE);
  return { from: wanted(cache.from), to: wanted(cache.to) };
}

/** Whether a build's flags name caches that the end of the job saves. */
export function savesLater(words: readonly string[]): boolean {
  return words.some((word) => /^--cache-to=(.*,)?type=gha(,|$)/.test(word));
}

/** Whether the end of the job has something to do for this one. */
export function savesCaches({ build, images = [] }: Job): boolean {
  return [build, ...images.map((image) => image.build)].some((part) => part?.cacheLater);
}

/** The summary's lines on caches, the image's name before them where there are several. */
export function cacheNotes(reports: readonly NamedReport[]): string[] {
  const several = reports.length > 1;
  return reports.flatMap(({ name, report }) => {
    const cache: CacheReport | undefined = report.image?.cache;
    const lines = cache === undefined ? [] : cacheLines(cache);
    return several && name !== undefined ? lines.map((line) => `${name}: ${line}`) : lines;
  });
}
