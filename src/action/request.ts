import { join, resolve } from 'node:path';
import type { Job, ReleaseJob, TestJob } from '../cli/job/job.ts';
import { parseReference } from '../oci/reference.ts';
import { type PlannedJob, parseRunners, planPlatforms } from '../pipeline/plan/matrix.ts';
import { lowerCased } from '../pipeline/publish/names.ts';
import { checkChannel } from '../release/shadow-tag.ts';
import type { RepositoryContext } from '../release/tags/context.ts';
import { type Metadata, metadataOf } from '../release/tags/metadata.ts';
import type { TagGuard } from '../release/tags/tag-guard.ts';
import { parseShard } from '../testing/shard.ts';
import { reportPattern, TEST_DEFAULTS, testSpec } from '../testing/spec.ts';
import { cachesOf, savesLater } from './caches.ts';
import { ActionError } from './error.ts';
import { ignoredInputs } from './given.ts';
import type { ActionInputs, SecretInput } from './inputs.ts';
import { reportFolder } from './junit.ts';
import { splitNames } from './names.ts';

export interface RequestFacts {
  repository: RepositoryContext;
  now: Date;
  workspace: string;
  /** What `digests` names, read. */
  digests: readonly string[];
  /** Build context: the workspace, or the folder that the commit was fetched to. */
  context: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** What a step is to do, and what was found out on the way. */
export interface ActionRequest {
  /** One for each image, in order. */
  jobs: { name?: string; job: Job }[];
  /** Folder that paths in the jobs are from; absent: the workspace. */
  folder?: string;
  /** Variables that the engine needs beside the step's own: secrets of the build. */
  env: Record<string, string>;
  metadata?: Metadata;
  /** `plan`: the jobs of a matrix; there is nothing else to do. */
  matrix?: { include: PlannedJob[] };
  /** What the step's author should know, once each. */
  warnings: string[];
  /** Why names are what they are. */
  notes: string[];
}

/** Caches that the engine has; others of BuildKit's are named in a warning, since no cache changes an image. */
const CACHES = ['local', 'registry', 'gha'];

/** Puts inputs and the facts of the run together. @throws ActionError, TagError */
export function requestOf(inputs: ActionInputs, facts: RequestFacts): ActionRequest {
  const warnings = [...inputs.warnings, ...ignoredInputs(inputs)];
  const notes: string[] = [];
  const { command } = inputs;
  if (inputs.release.channel !== undefined) checkChannel(inputs.release.channel);
  if (command === 'release' || command === 'promote' || command === 'rollback')
    return { jobs: [{ job: { release: releaseOf(inputs, facts) } }], env: tokenEnv(inputs), warnings, notes };
  if (command === 'plan') return { jobs: [], env: {}, matrix: matrixOf(inputs), warnings, notes };
  const named = namesOf(inputs, facts, warnings, notes);
  const { metadata, names } = named;
  const found = metadata === undefined ? {} : { metadata };
  if (command === 'merge') {
    if (names.length === 0 || facts.digests.length === 0)
      throw new ActionError(
        'missing-input',
        `input ${names.length === 0 ? 'tags' : 'digests'}: missing, ${names.length === 0 ? 'the names of the index' : 'what the jobs of the matrix pushed'}`,
      );
    const merge = { names, digests: facts.digests, platforms: inputs.build.platforms, ...guardOf(inputs, metadata) };
    const after = releaseAfter(inputs, facts);
    return { jobs: [{ job: { merge, ...after } }], env: tokenEnv(inputs), ...found, warnings, notes };
  }
  if (command === 'push') {
    if (names.length === 0)
      throw new ActionError('missing-input', 'input tags: missing, the names of images that an earlier step built');
    const after = releaseAfter(inputs, facts);
    const job = { push: names, ...guardOf(inputs, metadata), ...after };
    return { jobs: [{ job }], env: tokenEnv(inputs), ...found, warnings, notes };
  }
  if (command === 'test' && !hasTests(inputs))
    throw new ActionError('missing-input', 'input test: missing, the commands that test the image');
  reportFolder(facts.workspace, inputs.test.output);
  const { words, env } = buildWords(inputs, facts, named, warnings);
  const { channel } = inputs.release;
  const releases = command === 'ci' && inputs.push === true && channel !== undefined;
  if (channel !== undefined && !releases)
    warnings.push(
      `input channel is ignored: ${command === 'ci' ? 'nothing is pushed (push: false)' : `command ${command} releases nothing`}`,
    );
  const job: Job = {
    build: {
      words,
      cacheTimeout: inputs.cache.timeout,
      cacheLater: savesLater(words),
      push: inputs.push === true && command !== 'test',
      onlyPushed: !hasTests(inputs) && !inputs.build.load && !(releases && inputs.release.smoke.length > 0),
      ...(hasTests(inputs) ? { test: testOf(inputs, facts) } : {}),
      ...guardOf(inputs, metadata),
    },
    ...(releases ? releaseAfter(inputs, facts) : {}),
  };
  return { jobs: [{ job }], env: { ...env, ...(releases ? tokenEnv(inputs) : {}) }, ...found, warnings, notes };
}

/** The channel that what was pushed is released to. */
function releaseAfter(inputs: ActionInputs, facts: RequestFacts): { release?: ReleaseJob } {
  const { channel } = inputs.release;
  if (channel === undefined) return {};
  return {
    release: { ...base(inputs, facts, channel), action: 'release', automatic: true, repositories: inputs.images },
  };
}

/** For an engine that notes deployments; hooks and programs do not see it. */
export function tokenEnv({ release, githubToken }: ActionInputs, wanted = release.environment !== undefined) {
  return wanted && githubToken !== undefined ? { CONTAINERIZE_GITHUB_TOKEN: githubToken } : {};
}

/** Forced: every tag moves. */
function guardOf({ release }: ActionInputs, metadata: Metadata | undefined): { guard?: TagGuard } {
  return metadata?.guard === undefined || release.force ? {} : { guard: metadata.guard };
}

interface Named {
  names: string[];
  labels: string[];
  annotations: string[];
  metadata?: Metadata;
}

function namesOf(inputs: ActionInputs, facts: RequestFacts, warnings: string[], notes: string[]): Named {
  const { names } = inputs;
  const { rules, full } = splitNames(names.tags, names.images);
  const byDefault =
    names.images.length === 0 &&
    (rules.length > 0 || (full.length === 0 && inputs.push === true && !namesItself(inputs)));
  const images = byDefault ? [defaultImage(facts, rules.length > 0)] : names.images;
  if (byDefault) notes.push(`no images are named: ${images[0]}`);
  const explicit = [...new Set(full.map((name) => lowerCased(name, (note) => notes.push(note))))];
  if (images.length === 0 || (rules.length === 0 && full.length > 0))
    return { names: explicit, labels: names.labels, annotations: names.annotations };
  const metadata = metadataOf(
    { images, tags: rules, flavor: names.flavor, labels: names.labels, annotations: names.annotations },
    facts.repository,
    facts.now,
  );
  warnings.push(...metadata.warnings);
  for (const { rule, tag, skipped } of metadata.outcomes)
    notes.push(tag === undefined ? `${rule}: no tag, ${skipped}` : `${rule}: ${tag}`);
  if (metadata.tags.length === 0 && inputs.push && explicit.length === 0)
    throw new ActionError(
      'missing-input',
      `nothing can be pushed: no rule of tags gave a tag for ${facts.repository.ref || facts.repository.event}`,
      {
        hint: 'add a rule that fits this event, such as type=sha, or guard push with an expression',
      },
    );
  return {
    metadata,
    names: [...new Set([...metadata.tags, ...explicit])],
    labels: Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`),
    annotations: metadata.annotations,
  };
}

/** An output says itself what it is called. */
function namesItself({ build }: ActionInputs): boolean {
  return build.outputs.some((output) => /(^|,)name=/.test(output));
}

/** The package of the repository itself. */
function defaultImage({ repository, env }: RequestFacts, hasRules: boolean): string {
  const place = repository.repository;
  if (place?.owner && (env.GITHUB_SERVER_URL ?? 'https://github.com') === 'https://github.com')
    return `ghcr.io/${place.owner}/${place.name}`.toLowerCase();
  throw new ActionError(
    'missing-input',
    `input images: missing, ${hasRules ? 'tags has rules' : 'push is true'} and the repository has no registry of its own`,
    {
      hint: 'give the image a name: images: registry.example/owner/app',
    },
  );
}

function buildWords(
  inputs: ActionInputs,
  facts: RequestFacts,
  named: Named,
  warnings: string[],
): { words: string[]; env: Record<string, string> } {
  const { build } = inputs;
  const words: string[] = ['--explain-cache'];
  const one = (flag: string, value: string | undefined): void => {
    if (value !== undefined) words.push(`--${flag}=${value}`);
  };
  const many = (flag: string, values: readonly string[]): void => {
    for (const value of values) one(flag, value);
  };
  // the fetched commit is another folder than the one that paths are read from
  one('file', build.file && facts.context !== facts.workspace ? join(facts.context, build.file) : build.file);
  one('target', build.target);
  many('platform', build.platforms);
  many('build-arg', build.buildArgs);
  many('build-context', build.buildContexts);
  many('ssh', build.ssh);
  many('add-host', build.addHosts);
  many('allow', build.allow);
  one('network', build.network);
  one('shm-size', build.shmSize);
  many('ulimit', build.ulimits);
  one('cgroup-parent', build.cgroupParent);
  many('no-cache-filter', build.noCacheFilters);
  many('output', build.outputs);
  if (build.noCache) words.push('--no-cache');
  if (build.pull) words.push('--pull');
  if (build.load) words.push('--load');
  const caches = cachesOf(inputs, facts.env);
  many('cache-from', caches.from);
  many('cache-to', caches.to);
  const secrets = secretWords(inputs.secrets);
  words.push(...secrets.words);
  many('label', named.labels);
  many('annotation', named.annotations);
  many('tag', named.names);
  words.push('--', build.context ?? facts.context);
  return { words: withoutUnknownCaches(words, warnings), env: secrets.env };
}

/** Secrets as flags; values go into variables, which no argument and no file ever holds. */
export function secretWords(secrets: readonly SecretInput[]): { words: string[]; env: Record<string, string> } {
  const env: Record<string, string> = {};
  const words = secrets.map(({ id, source }, i) => {
    if ('file' in source) return `--secret=id=${id},src=${source.file}`;
    if ('env' in source) return `--secret=id=${id},env=${source.env}`;
    env[`CONTAINERIZE_SECRET_${i}`] = source.value;
    return `--secret=id=${id},env=CONTAINERIZE_SECRET_${i}`;
  });
  return { words, env };
}

/** Leaves out caches that the engine does not have, with one warning for each kind: no cache changes an image. */
export function withoutUnknownCaches(words: readonly string[], warnings: string[]): string[] {
  return words.filter((word) => {
    const [, spec] = /^--cache-(?:from|to)=(.*)$/s.exec(word) ?? [];
    if (spec === undefined) return true;
    const type = /(?:^|,)type=([a-z0-9]+)/.exec(spec)?.[1] ?? 'registry';
    if (CACHES.includes(type)) return true;
    const warning = `caches of type ${type} are not there: the build goes on without`;
    if (!warnings.includes(warning)) warnings.push(warning);
    return false;
  });
}

function matrixOf({ build, runners }: ActionInputs): { include: PlannedJob[] } {
  if (build.platforms.length === 0)
    throw new ActionError('missing-input', 'input platforms: missing, what the matrix is made of');
  return planPlatforms(build.platforms, parseRunners(runners, 'input runners'));
}

/** One test for each command, stage and file of checks that the step names. */
function testOf({ test }: ActionInputs, { context }: RequestFacts): TestJob {
  const common = {
    network: test.network,
    timeout: test.timeout ?? TEST_DEFAULTS.timeout,
    retries: test.retries ?? TEST_DEFAULTS.retries,
  };
  const reports = test.reports.map((path) => ({ path }));
  for (const { path } of reports) reportPattern(path);
  return {
    tests: [
      ...test.targets.map((target) => testSpec({ ...common, target })),
      ...test.checks.map((file) => testSpec({ ...common, name: file, checks: resolve(context, file) })),
      ...test.commands.map((run) => testSpec({ ...common, run, reports })),
    ],
    output: test.output,
    ...(test.shard === undefined ? {} : { shard: parseShard(test.shard) }),
  };
}

/** The step asks for tests of some kind. */
function hasTests({ test }: ActionInputs): boolean {
  return test.commands.length + test.targets.length + test.checks.length > 0;
}

function releaseOf(inputs: ActionInputs, facts: RequestFacts): ReleaseJob {
  const { command, release } = inputs;
  const repositories = (inputs.images.length > 0 ? inputs.images : inputs.names.images).map((name) =>
    lowerCased(name, () => {}),
  );
  if (repositories.length === 0)
    throw new ActionError('missing-input', `input image: missing, the repository to ${command}`, {
      hint: 'for example image: ghcr.io/owner/app',
    });
  const to = command === 'promote' ? release.to : undefined;
  const channel = release.channel ?? to;
  if (channel === undefined)
    throw new ActionError(
      'missing-input',
      `input ${command === 'promote' ? 'to' : 'channel'}: missing, the tag to move`,
      {
        hint: 'for example channel: stable',
      },
    );
  const job = { ...base(inputs, facts, channel), repositories };
  if (command === 'rollback') return { ...job, action: 'rollback', to: release.to ?? 'previous' };
  if (command === 'promote') {
    if (release.from === undefined)
      throw new ActionError('missing-input', 'input channel-from: missing, the channel that is promoted');
    return { ...job, action: 'promote', source: referenceOf(repositories[0]!, release.from) };
  }
  const named = repositories.find((name) => /[@]|:[^/]+$/.test(name));
  if (named === undefined)
    throw new ActionError(
      'missing-input',
      `input image: expected the image to release with its tag or digest, found "${repositories[0]}"`,
      {
        hint: 'for example image: ghcr.io/owner/app:1.2.3, or ghcr.io/owner/app@${{ needs.build.outputs.digest }}',
      },
    );
  return { ...job, action: 'release', source: named };
}

function base(
  inputs: ActionInputs,
  { repository, workspace }: RequestFacts,
  channel: string,
): Omit<ReleaseJob, 'action' | 'repositories'> {
  const { release, command } = inputs;
  const who = [repository.actor, repository.run?.url, release.reason]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return {
    channel,
    force: release.force,
    hold: release.hold ?? true,
    dryRun: release.dryRun,
    smoke: release.smoke,
    checks: command === 'ci' ? [] : inputs.test.checks.map((file) => resolve(workspace, file)),
    automatic: false,
    // it stands in an annotation of a lock
    who: who.slice(0, 300) || 'containerize',
    deploy: release.deploy,
    ...(release.environment === undefined ? {} : { environment: release.environment }),
    ...(release.reason === undefined ? {} : { reason: release.reason }),
  };
}

/** A tag beside the repository, unless it names one itself. */
function referenceOf(repository: string, tag: string): string {
  if (tag.includes('/')) return tag;
  const { tag: _, digest: __, ...bare } = parseReference(repository);
  const name = `${bare.registry}/${bare.repository}`;
  return tag.startsWith('sha256:') ? `${name}@${tag}` : `${name}:${tag}`;
}
