import type { SourceLocation } from '../../errors.ts';
import type { TestSpec } from '../../testing/spec.ts';
import { changedOf } from './changed.ts';
import { type ChannelConfig, channelOf } from './channel.ts';
import { ConfigError } from './error.ts';
import { checkNeeds, type ImageUse, usesOf } from './needs.ts';
import { type LinePlaces, linePlaces } from './places.ts';
import { readYaml } from './read.ts';
import { SCHEMA } from './schema.ts';
import { testOf } from './test.ts';
import { listOf, type Plain, pairsOf } from './values.ts';

/** `containerize.yml` as plain data. */
export interface PipelineConfig {
  name?: string;
  images: ImageConfig[];
  warnings: string[];
}

export interface ImageConfig {
  /** Key below `images`; absent: the only image. */
  key?: string;
  /** Repositories without tags; none: the default. */
  repositories: string[];
  build: BuildConfig;
  tests: TestSpec[];
  tags: string[];
  flavor: string[];
  labels: string[];
  annotations: string[];
  push: boolean | 'auto';
  release: ChannelConfig[];
  /** Images of the file that this one needs first, with what it calls them. */
  uses: ImageUse[];
  /** Build only when something of this changed; absent: always. */
  changed?: 'auto' | string[];
  /** Where the image is in the file. */
  place?: SourceLocation;
  /** Where its names and rules are. */
  lines: LinePlaces;
}

export interface BuildConfig {
  context: string;
  dockerfile?: string;
  target?: string;
  /** `NAME=VALUE`; `NAME` alone takes the variable's. */
  args: string[];
  contexts: string[];
  platforms: string[];
  secrets: { id: string; file?: string; environment?: string }[];
  ssh: string[];
  cacheFrom: string[];
  cacheTo: string[];
  network?: string;
  noCache: boolean;
  pull: boolean;
  shmSize?: string;
  extraHosts: string[];
}

export type { ChannelConfig } from './channel.ts';

/** Reads `containerize.yml`; without a text, what a repository with only a Dockerfile means. @throws ConfigError */
export function loadConfig(
  text: string | undefined,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): PipelineConfig {
  const { value, warnings, places } = readYaml(text ?? '', file, SCHEMA, env);
  const top = value as Plain;
  if (top.images === undefined) {
    const image = imageOf(top, {}, undefined, places, '');
    checkNeeds([image]);
    return { ...nameOf(top), images: [image], warnings };
  }
  for (const key of ['image', 'build', 'tests', 'release'])
    if (top[key] !== undefined)
      throw new ConfigError('bad-combination', `${key} and images: with several images each says its own ${key}`, {
        location: places.get(key),
        hint: `move ${key} below a name in images`,
      });
  const images = Object.entries(top.images as Record<string, Plain | null>).map(([key, image]) =>
    imageOf(image ?? {}, top, key, places, `images.${key}.`),
  );
  if (images.length === 0)
    throw new ConfigError('missing-key', 'images: expected at least one', { location: places.get('images') });
  checkNeeds(images);
  return { ...nameOf(top), images, warnings };
}

function nameOf(top: Plain): { name?: string } {
  return top.name === undefined ? {} : { name: top.name as string };
}

function imageOf(
  own: Plain,
  above: Plain,
  key: string | undefined,
  places: ReadonlyMap<string, SourceLocation>,
  prefix: string,
): ImageConfig {
  const common = (name: string): unknown => own[name] ?? above[name];
  const place = places.get(`${prefix}build`) ?? places.get(prefix.slice(0, -1));
  const build = buildOf(own.build, places, `${prefix}build`);
  const { uses, contexts } = usesOf(build.contexts, listOf(own.depends_on), places, prefix);
  const changed = changedOf(common('changed'), places.get(own.changed === undefined ? 'changed' : `${prefix}changed`));
  return {
    ...(key === undefined ? {} : { key }),
    repositories: listOf(own.image),
    build: { ...build, contexts },
    tests: ((own.tests ?? []) as (string | Plain)[]).map((test, i) =>
      testOf(test, `${prefix}tests[${i}]`, places.get(`${prefix}tests[${i}]`)),
    ),
    uses,
    ...(changed === undefined ? {} : { changed }),
    tags: listOf(common('tags')),
    flavor: listOf(common('flavor')),
    labels: pairsOf(common('labels')).map((pair) => (pair.includes('=') ? pair : `${pair}=`)),
    annotations: pairsOf(common('annotations')).map((pair) => (pair.includes('=') ? pair : `${pair}=`)),
    push: (common('push') as boolean | 'auto' | undefined) ?? 'auto',
    release: ((own.release ?? []) as Plain[]).map((entry, i) => channelOf(entry, `${prefix}release[${i}]`, places)),
    ...(place === undefined ? {} : { place }),
    lines: linePlaces(own, above, places, prefix),
  };
}

function buildOf(given: unknown, places: ReadonlyMap<string, SourceLocation>, path: string): BuildConfig {
  const build: Plain = typeof given === 'string' ? { context: given } : ((given ?? {}) as Plain);
  const text = (from: string, to: string) => (build[from] === undefined ? {} : { [to]: build[from] as string });
  const secrets = Object.entries((build.secrets ?? {}) as Record<string, Plain>).map(([id, from]) => {
    if ((from.file === undefined) === (from.environment === undefined))
      throw new ConfigError('bad-value', `${path}.secrets.${id}: expected either file or environment`, {
        location: places.get(`${path}.secrets.${id}`),
      });
    return { id, ...(from as { file?: string; environment?: string }) };
  });
  return {
    context: (build.context as string | undefined) ?? '.',
    ...text('dockerfile', 'dockerfile'),
    ...text('target', 'target'),
    args: pairsOf(build.args),
    contexts: pairsOf(build.additional_contexts),
    platforms: listOf(build.platforms),
    secrets,
    ssh: listOf(build.ssh),
    cacheFrom: listOf(build.cache_from),
    cacheTo: listOf(build.cache_to),
    ...text('network', 'network'),
    noCache: build.no_cache === true,
    pull: build.pull === true,
    ...text('shm_size', 'shmSize'),
    extraHosts: listOf(build.extra_hosts),
  };
}
