import { basename } from 'node:path';
import { ContainerizeError } from '../../errors.ts';
import { branchOf, isDefaultBranch, type RepositoryContext, tagOf } from '../../release/tags/context.ts';
import { TagError } from '../../release/tags/error.ts';
import { type Metadata, metadataOf } from '../../release/tags/metadata.ts';
import type { TestSpec } from '../../testing/spec.ts';
import type { ChannelConfig, ImageConfig } from '../config/config.ts';
import type { LinePlaces } from '../config/places.ts';
import type { BuildDecision } from './changed-images.ts';

/** A pipeline that cannot run as it is written. */
export class PlanError extends ContainerizeError<'missing-image-name' | 'no-tag' | 'unknown-image' | 'same-name'> {}

export interface PlanOptions {
  /** The repository's folder. */
  folder: string;
  now: Date;
  /** `--push`, `--no-push`. */
  push?: boolean | undefined;
  /** Default: it is built. */
  build?: BuildDecision;
}

/** What will be done with one image, and why: data only. */
export interface ImagePlan {
  /** Key in `images`, or the name of the image. */
  name: string;
  names: string[];
  config: ImageConfig;
  build: BuildDecision;
  labels: string[];
  annotations: string[];
  metadata: Metadata;
  tests: TestSpec[];
  push: { does: boolean; why: string };
  releases: (ChannelConfig & { does: boolean; why: string })[];
  notes: string[];
  warnings: string[];
}

/** Decides names, tags, push and releases of an image for one run. Pure. @throws PlanError, TagError */
export function planImage(config: ImageConfig, context: RepositoryContext, options: PlanOptions): ImagePlan {
  const { build = { does: true, why: 'it is built always' } } = options;
  const push = pushOf(config, context, options.push, build);
  const { repositories, notes, local } = repositoriesOf(config, context, options.folder);
  if (push.does && local)
    throw new PlanError('missing-image-name', `there is no image name to push ${repositories[0]} to`, {
      hint: 'add image: REGISTRY/OWNER/NAME',
      ...(config.place === undefined ? {} : { location: config.place }),
    });
  const { tags, flavor, labels, annotations } = config;
  const input = { images: repositories, tags, flavor, labels, annotations };
  const metadata = inItsPlace(config, () => metadataOf(input, context, options.now));
  for (const { rule, tag, skipped } of metadata.outcomes)
    notes.push(`${rule}: ${tag ?? 'no tag'}${skipped === undefined ? '' : `, ${skipped}`}`);
  const warnings = [...metadata.warnings];
  let names = metadata.tags;
  if (names.length === 0) {
    if (push.does)
      throw new PlanError('no-tag', `no rule of tags gave a tag for ${context.ref || context.event}`, {
        hint: 'add a rule that fits this run, such as type=sha',
        location: config.lines.tags[0] ?? config.place,
      });
    warnings.splice(0, warnings.length, ...warnings.filter((message) => !message.startsWith('no rule gave a tag')));
    names = metadata.images.map((image) => `${image}:latest`);
    notes.push('no rule gave a tag: latest, in the store only');
  }
  return {
    name: config.key ?? basename(metadata.images[0]!),
    names,
    config,
    build,
    labels: Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`),
    annotations: metadata.annotations,
    metadata,
    tests: build.does && build.only !== true ? config.tests : [],
    push,
    releases: config.release.map((channel) => ({ ...channel, ...releaseOf(channel, context, push) })),
    notes,
    warnings,
  };
}

/** An error in a rule knows its line in the list, one in an expression the expression; here their place is known. */
function inItsPlace<T>(config: ImageConfig, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TagError) || error.location !== undefined) throw error;
    const { code, message, hint, cause } = error;
    throw new TagError(code, message, { hint, location: placeOf(message, config) ?? config.place, cause });
  }
}

function placeOf(message: string, { lines, repositories, tags, flavor, labels, annotations }: ImageConfig) {
  const [, list, line] = /^(images|tags|flavor|labels|annotations) line (\d+)/.exec(message) ?? [];
  if (list !== undefined) return lines[list as keyof LinePlaces][Number(line) - 1];
  const [expression] = /^\{\{.*?\}\}/.exec(message) ?? [];
  if (expression === undefined) return undefined;
  const lists = { images: repositories, tags, flavor, labels, annotations };
  return (Object.keys(lists) as (keyof LinePlaces)[])
    .map((name) => lines[name][lists[name].findIndex((text) => text.includes(expression))])
    .find((place) => place !== undefined);
}

function repositoriesOf(
  config: ImageConfig,
  { provider, repository }: RepositoryContext,
  folder: string,
): { repositories: string[]; notes: string[]; local: boolean } {
  if (config.repositories.length > 0) return { repositories: config.repositories, notes: [], local: false };
  const below = config.key === undefined ? '' : `/${config.key}`;
  if (provider === 'github' && repository !== undefined && repository.url?.startsWith('https://github.com/')) {
    const name = `ghcr.io/${repository.owner}/${repository.name}${below}`.toLowerCase();
    return { repositories: [name], notes: [`no image is named: ${name}`], local: false };
  }
  const clean = (config.key ?? basename(folder))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const name = clean === '' ? 'image' : clean;
  return { repositories: [name], notes: [`no image is named: ${name}, in the store only`], local: true };
}

function pushOf(
  config: ImageConfig,
  context: RepositoryContext,
  flag: boolean | undefined,
  build: BuildDecision,
): ImagePlan['push'] {
  if (!build.does || build.only === true) return { does: false, why: build.why };
  if (flag === false) return { does: false, why: 'this run pushes nothing' };
  if (context.pullRequest?.fork) return { does: false, why: 'a pull request from a fork' };
  if (flag === true) return { does: true, why: 'this run pushes' };
  if (config.push !== 'auto') return { does: config.push, why: `push: ${config.push}` };
  if (context.provider !== 'github') return { does: false, why: 'not in CI: say push: true or --push' };
  if (context.pullRequest !== undefined) return { does: false, why: 'a pull request' };
  const tag = tagOf(context);
  if (tag !== undefined) return { does: true, why: `tag ${tag}` };
  if (isDefaultBranch(context)) return { does: true, why: 'the default branch' };
  return { does: false, why: `${branchOf(context) ?? context.event} is not the default branch` };
}

function releaseOf(
  { when }: ChannelConfig,
  context: RepositoryContext,
  push: ImagePlan['push'],
): { does: boolean; why: string } {
  if (!push.does) return { does: false, why: 'nothing is pushed' };
  if (when === 'push') return { does: true, why: 'when: push' };
  const tag = tagOf(context);
  if (when === 'tag') return { does: tag !== undefined, why: tag === undefined ? 'not a tag' : `tag ${tag}` };
  const does = isDefaultBranch(context);
  return { does, why: does ? 'the default branch' : 'not the default branch' };
}
