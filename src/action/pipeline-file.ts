import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { imageJobs, type TestChoice } from '../cli/ci/job.ts';
import { PIPELINE_FILES, type PipelineFile, readPipelineFile as readFile } from '../cli/ci/pipeline-file.ts';
import { changedFiles } from '../door/changed-files.ts';
import { PlanError } from '../pipeline/plan/images.ts';
import { planPipeline } from '../pipeline/plan/pipeline.ts';
import { parseShard } from '../testing/shard.ts';
import { cachesOf, savesLater } from './caches.ts';
import { ActionError } from './error.ts';
import { ignoredInputs } from './given.ts';
import type { ActionInputs } from './inputs.ts';
import type { ActionRequest, RequestFacts } from './request.ts';
import { secretWords, tokenEnv, withoutUnknownCaches } from './request.ts';

/**
 * The pipeline file that the step is about: the one that `config` names, or the repository's, when the inputs do not say
 * themselves what to build. `notes` hears of a file that is left alone.
 */
export async function readPipelineFile(
  inputs: ActionInputs,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  notes: string[],
): Promise<PipelineFile | undefined> {
  if (!['ci', 'build', 'test'].includes(inputs.command)) {
    if (inputs.config !== undefined)
      throw new ActionError('bad-input', `input config: command ${inputs.command} takes no pipeline file`);
    return undefined;
  }
  const own = describing(inputs);
  if (inputs.config !== undefined && own.length > 0)
    throw new ActionError('bad-input', `input ${own[0]}: cannot be given together with config`, {
      hint: `write it into ${inputs.config}, or leave config out`,
    });
  for (const name of inputs.config === undefined ? PIPELINE_FILES : [inputs.config]) {
    if (own.length > 0) {
      if (!existsSync(resolve(folder, name))) continue;
      notes.push(`${name} is not used: the step says itself what to build (${own.join(', ')})`);
      return undefined;
    }
    const found = await readFile(name, folder, env);
    if (found !== undefined) return found;
  }
  if (inputs.config === undefined) return undefined;
  throw new ActionError('bad-input', `input config: there is no file ${inputs.config}`, {
    hint: 'the path is from the workspace; containerize init writes a first one',
  });
}

/** Inputs that say what a pipeline file says as well. */
function describing({ build, names, test, release, images }: ActionInputs): string[] {
  const given: [string, boolean][] = [
    ['context', build.context !== undefined],
    ['file', build.file !== undefined],
    ['target', build.target !== undefined],
    ['platforms', build.platforms.length > 0],
    ['build-args', build.buildArgs.length > 0],
    ['build-contexts', build.buildContexts.length > 0],
    ['outputs', build.outputs.length > 0],
    ['images', names.images.length > 0],
    ['tags', names.tags.length > 0],
    ['flavor', names.flavor.length > 0],
    ['labels', names.labels.length > 0],
    ['annotations', names.annotations.length > 0],
    ['test', test.commands.length > 0],
    ['test-targets', test.targets.length > 0],
    ['test-checks', test.checks.length > 0],
    ['channel', release.channel !== undefined],
  ];
  return given.filter(([name, is]) => is && !(name === 'image' && images.length > 0)).map(([name]) => name);
}

/** The step's caches; one by default only for an image whose own part of the file names none. */
function cacheWords(inputs: ActionInputs, own: readonly string[], { env }: RequestFacts): string[] {
  const named = own.some((word) => /^--cache-(from|to)=/.test(word));
  const { from, to } = cachesOf(inputs, named ? {} : env);
  return [...from.map((spec) => `--cache-from=${spec}`), ...to.map((spec) => `--cache-to=${spec}`)];
}

/** What the file's images ask for in this run, as one job. */
export async function requestOfPipeline(
  { config, file, folder }: PipelineFile,
  inputs: ActionInputs,
  facts: RequestFacts,
): Promise<ActionRequest> {
  const { command } = inputs;
  const plans = await planPipeline(config, facts.repository, {
    folder,
    file,
    now: facts.now,
    push: command === 'test' ? false : command === 'build' ? inputs.push === true : inputs.push,
    only: inputs.images,
    changes: () => changedFiles({ env: facts.env, folder }),
  }).catch((error: unknown) => {
    if (!(error instanceof PlanError) || error.code !== 'unknown-image') throw error;
    throw new ActionError('bad-input', `input image: ${error.message}`, { hint: error.hint });
  });
  const warnings = [
    ...inputs.warnings,
    ...ignoredInputs(inputs, file),
    ...config.warnings,
    ...new Set(plans.flatMap((plan) => plan.warnings)),
  ];
  const { words, env } = secretWords(inputs.secrets);
  const { build, cache } = inputs;
  const more = [
    ...words,
    ...(build.noCache ? ['--no-cache'] : []),
    ...(build.pull ? ['--pull'] : []),
    ...(build.load ? ['--load'] : []),
  ];
  const asked = imageJobs(plans, folder, facts.repository.actor ?? 'containerize', testsOf(inputs));
  const needed = new Set(asked.flatMap(({ needs }) => needs.map(({ image }) => image)));
  const images = asked.map((image) => {
    const all = withoutUnknownCaches(
      [...more, ...cacheWords(inputs, image.build.words, facts), ...image.build.words],
      warnings,
    );
    const releases = command === 'ci' ? image.releases : [];
    // nothing on this machine looks into what is only sent on
    const onlyPushed =
      image.build.test === undefined &&
      !build.load &&
      !needed.has(image.name) &&
      releases.every(({ smoke, checks = [] }) => smoke.length === 0 && checks.length === 0);
    return {
      ...image,
      build: { ...image.build, cacheTimeout: cache.timeout, cacheLater: savesLater(all), words: all, onlyPushed },
      releases,
    };
  });
  return {
    jobs: images.length === 0 ? [] : [{ job: { images } }],
    env: {
      ...env,
      ...tokenEnv(
        inputs,
        images.some(({ releases }) => releases.some(({ environment }) => environment !== undefined)),
      ),
    },
    folder,
    ...(plans.length === 1 ? { metadata: plans[0]!.metadata } : {}),
    warnings: [...new Set(warnings)],
    notes: plans.flatMap(({ name, build: b, push: p, notes, releases }) =>
      b.does
        ? [
            `${name}: push ${p.does ? 'yes' : 'no'}, ${p.why}`,
            ...releases.map(
              ({ channel, does, why }) => `${name}: release to ${channel} ${does ? 'yes' : 'no'}, ${why}`,
            ),
            ...notes.map((note) => `${name}: ${note}`),
          ]
        : [`${name}: not built, ${b.why}`],
    ),
  };
}

/** What a step says of the file's tests. */
function testsOf({ test }: ActionInputs): TestChoice {
  return { output: test.output, ...(test.shard === undefined ? {} : { shard: parseShard(test.shard) }) };
}
