import { posix } from 'node:path';
import { ignoreMatcher } from '../../dockerfile/ignore.ts';
import type { ImageConfig } from '../config/config.ts';

/** What git says of the work since a commit: `files` are paths from the pipeline file's folder. */
export type Changes = { since: string; files: readonly string[] } | { unknown: string };

/** Whether an image is built, and why; data only. */
export interface BuildDecision {
  does: boolean;
  why: string;
  /** Built for another image only: it is not tested, pushed or released. */
  only?: boolean;
}

/** Where the pipeline file is: `folder` is what its paths are from. */
export interface PipelinePlace {
  file: string;
  folder: string;
}

/**
 * Which images are built. One without `changed` always is; where git cannot tell, so are all. An image counts as changed
 * when one that it is built from did; an unchanged one that a changed one is built from is built for that one only.
 */
export function decideBuilds(
  images: readonly ImageConfig[],
  chosen: ReadonlySet<ImageConfig>,
  changes: Changes,
  pipeline: PipelinePlace,
): Map<ImageConfig, BuildDecision> {
  const byKey = new Map(images.map((image) => [image.key, image]));
  const judged = new Map<ImageConfig, BuildDecision>();
  const judge = (image: ImageConfig): BuildDecision => {
    const known = judged.get(image);
    if (known !== undefined) return known;
    const own = ownDecision(image, changes, pipeline);
    const below = own.does
      ? undefined
      : image.uses.find(({ context, image: key }) => context !== undefined && judge(byKey.get(key)!).does);
    const decision = below === undefined ? own : { does: true, why: `${below.image}, which it is built from, changed` };
    judged.set(image, decision);
    return decision;
  };
  const decisions = new Map(
    images.map((image) => [image, chosen.has(image) ? judge(image) : { does: false, why: 'it was not asked for' }]),
  );
  return withWhatTheyNeed(images, decisions, byKey);
}

function withWhatTheyNeed(
  images: readonly ImageConfig[],
  decisions: Map<ImageConfig, BuildDecision>,
  byKey: ReadonlyMap<string | undefined, ImageConfig>,
): Map<ImageConfig, BuildDecision> {
  const visit = (image: ImageConfig): void => {
    for (const { image: key, context } of image.uses) {
      const needed = byKey.get(key)!;
      const { does, why } = decisions.get(needed)!;
      if (does || context === undefined) continue;
      decisions.set(needed, { does: true, only: true, why: `for ${image.key}, which is built from it (${why})` });
      visit(needed);
    }
  };
  for (const image of images) if (decisions.get(image)!.does) visit(image);
  return decisions;
}

function ownDecision(image: ImageConfig, changes: Changes, pipeline: PipelinePlace): BuildDecision {
  if (image.changed === undefined) return { does: true, why: 'it is built always' };
  if ('unknown' in changes) return { does: true, why: changes.unknown };
  const { files, since } = changes;
  const isInput = inputsOf(image, image.changed, pipeline);
  const found = files.filter(isInput);
  const [first, ...more] = found;
  if (first === undefined) return { does: false, why: `nothing of it changed since ${since}` };
  return { does: true, why: `${first}${more.length === 0 ? '' : ` and ${more.length} more`} changed since ${since}` };
}

/** The folder for what tests leave, from the pipeline file's, unless somebody says another one. */
const TEST_RESULTS = 'test-results';

/** Tells which paths an image is made of. */
function inputsOf(
  image: ImageConfig,
  changed: 'auto' | readonly string[],
  { file, folder }: PipelinePlace,
): (path: string) => boolean {
  const absolute = (path: string): string => posix.resolve(folder, path);
  const own = absolute(file);
  if (changed !== 'auto') {
    const matcher = ignoreMatcher(changed.map((text) => ({ text })));
    return (path) => absolute(path) === own || matcher.ignores(path);
  }
  const { context, dockerfile, contexts } = image.build;
  const recipe = posix.resolve(absolute(context), dockerfile ?? 'Dockerfile');
  const folders = contexts.map((pair) => pair.slice(pair.indexOf('=') + 1)).filter((source) => !source.includes('://'));
  const checks = image.tests.flatMap((test) => (test.checks === undefined ? [] : [test.checks]));
  const places = [own, recipe, `${recipe}.dockerignore`, ...[context, ...folders, ...checks].map(absolute)];
  // what tests of an earlier run left is there without anybody's doing
  const left = absolute(TEST_RESULTS);
  return (path) =>
    !absolute(path).startsWith(`${left}/`) &&
    places.some((place) => {
      const way = posix.relative(place, absolute(path));
      return way !== '..' && !way.startsWith('../');
    });
}
