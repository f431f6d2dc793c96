import { dirname, resolve } from 'node:path';
import { jobOf, releaseJobs } from '../cli/ci/job.ts';
import { didYouMean } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import { loadConfig, type PipelineConfig } from '../pipeline/config/config.ts';
import { planImage } from '../pipeline/plan-images.ts';
import { ActionError } from './error.ts';
import type { ActionInputs } from './inputs.ts';
import type { ActionRequest, RequestFacts } from './request.ts';
import { secretWords, withoutUnknownCaches } from './request.ts';

const FILES = ['containerize.yml', 'containerize.yaml', '.github/containerize.yml'];

/** A pipeline file and the folder that its paths are from. */
export interface PipelineFile {
  config: PipelineConfig;
  file: string;
  folder: string;
}

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
  for (const name of inputs.config === undefined ? FILES : [inputs.config]) {
    const path = resolve(folder, name);
    const text = await readTextIfThere(path);
    if (text === undefined) continue;
    if (own.length > 0) {
      notes.push(`${name} is not used: the step says itself what to build (${own.join(', ')})`);
      return undefined;
    }
    return {
      config: loadConfig(text, name, env),
      file: name,
      // a file in .github speaks of the repository
      folder: inputs.config === undefined ? folder : dirname(path),
    };
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
    ['channel', release.channel !== undefined],
  ];
  return given.filter(([name, is]) => is && !(name === 'image' && images.length > 0)).map(([name]) => name);
}

/** What the file's images ask for in this run: one job each, in the file's order. */
export function requestOfPipeline(
  { config, folder }: PipelineFile,
  inputs: ActionInputs,
  facts: RequestFacts,
): ActionRequest {
  const { command } = inputs;
  const push = command === 'test' ? false : command === 'build' ? inputs.push === true : inputs.push;
  const plans = chosen(config, inputs.images).map((image) =>
    planImage(image, facts.repository, { folder, now: facts.now, push }),
  );
  const warnings = [...inputs.warnings, ...config.warnings, ...new Set(plans.flatMap((plan) => plan.warnings))];
  const { words, env } = secretWords(inputs.secrets);
  const { build, cache } = inputs;
  const more = [
    ...words,
    ...cache.from.map((spec) => `--cache-from=${spec}`),
    ...cache.to.map((spec) => `--cache-to=${spec}`),
    ...(build.noCache ? ['--no-cache'] : []),
    ...(build.pull ? ['--pull'] : []),
    ...(build.load ? ['--load'] : []),
  ];
  const who = facts.repository.actor ?? 'containerize';
  return {
    jobs: plans.map((plan) => {
      const job = jobOf(plan, folder).build!;
      return {
        name: plan.name,
        job: {
          build: {
            ...job,
            cacheTimeout: cache.timeout,
            words: withoutUnknownCaches([...more, ...job.words], warnings),
          },
          releases: command === 'ci' ? releaseJobs(plan, who) : [],
        },
      };
    }),
    env,
    folder,
    ...(plans.length === 1 ? { metadata: plans[0]!.metadata } : {}),
    warnings: [...new Set(warnings)],
    notes: plans.flatMap(({ name, push: p, notes, releases }) => [
      `${name}: push ${p.does ? 'yes' : 'no'}, ${p.why}`,
      ...releases.map(({ channel, does, why }) => `${name}: release to ${channel} ${does ? 'yes' : 'no'}, ${why}`),
      ...notes.map((note) => `${name}: ${note}`),
    ]),
  };
}

function chosen({ images }: PipelineConfig, only: readonly string[]): PipelineConfig['images'] {
  const keys = images.flatMap(({ key }) => (key === undefined ? [] : [key]));
  for (const name of only)
    if (!keys.includes(name))
      throw new ActionError(
        'bad-input',
        `input image: there is no image ${name.slice(0, 80)}${didYouMean(name, keys)}`,
        {
          hint: keys.length === 0 ? 'the file has one image only' : `expected ${keys.join(', ')}`,
        },
      );
  return only.length === 0 ? images : images.filter(({ key }) => key !== undefined && only.includes(key));
}
