import { didYouMean } from '../../errors.ts';
import type { RepositoryContext } from '../../release/tags/context.ts';
import type { ImageConfig, PipelineConfig } from '../config/config.ts';
import { type Changes, decideBuilds, type PipelinePlace } from './changed-images.ts';
import { type ImagePlan, PlanError, type PlanOptions, planImage } from './images.ts';

export interface PipelineOptions extends PlanOptions {
  /** The pipeline file, from its folder. */
  file: string;
  /** Keys of the images to run; none: all. */
  only?: readonly string[];
  /** Asked when an image has `changed`. */
  changes(): Promise<Changes>;
}

/** Decides what a run does with every image of a file, those that are left out included. @throws PlanError, TagError */
export async function planPipeline(
  { images }: PipelineConfig,
  context: RepositoryContext,
  options: PipelineOptions,
): Promise<ImagePlan[]> {
  const { only = [], file, folder } = options;
  const chosen = chosenImages(images, only);
  const asks = [...chosen].some(({ changed }) => changed !== undefined);
  const changes = asks ? await options.changes() : { unknown: 'it is built always' };
  const place: PipelinePlace = { file, folder };
  const builds = decideBuilds(images, chosen, changes, place);
  const plans = images
    .filter((image) => chosen.has(image) || builds.get(image)!.does)
    .map((image) => planImage(image, context, { ...options, build: builds.get(image)! }));
  refuseSameNames(plans);
  return plans;
}

function chosenImages(images: readonly ImageConfig[], only: readonly string[]): Set<ImageConfig> {
  const keys = images.flatMap(({ key }) => (key === undefined ? [] : [key]));
  for (const name of only)
    if (!keys.includes(name))
      throw new PlanError('unknown-image', `there is no image ${name.slice(0, 80)}${didYouMean(name, keys)}`, {
        hint: keys.length === 0 ? 'the file has one image only' : `expected ${keys.join(', ')}`,
      });
  return new Set(images.filter(({ key }) => only.length === 0 || (key !== undefined && only.includes(key))));
}

/** Two images under one name: whichever is pushed last would be it. */
function refuseSameNames(plans: readonly ImagePlan[]): void {
  const seen = new Map<string, ImagePlan>();
  for (const plan of plans.filter(({ build }) => build.does))
    for (const name of plan.names) {
      const first = seen.get(name);
      if (first !== undefined)
        throw new PlanError('same-name', `${first.name} and ${plan.name} are both called ${name}`, {
          hint: 'give each its own image:, or tags that tell them apart',
          ...(plan.config.place === undefined ? {} : { location: plan.config.place }),
        });
      seen.set(name, plan);
    }
}
