import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { RunnerEvent } from './events.ts';
import { SHA } from './events.ts';
import { type Contexts, evaluate, evaluateText, shown } from './expression.ts';
import { Runner, type StepResult } from './runner.ts';

interface Step {
  id?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
}

interface Job {
  needs?: string | string[];
  if?: string;
  strategy?: { matrix: unknown };
  outputs?: Record<string, string>;
  steps: Step[];
}

export interface WorkflowOptions {
  /** The workflow. */
  file: string;
  /** Folder of the bundled Action. */
  action: string;
  /** Where machines are made. */
  folder: string;
  event: RunnerEvent;
  /** Puts the repository into a workspace, as actions/checkout does. */
  checkout(workspace: string): Promise<void>;
  /** Stands for ghcr.io in what the workflow says. */
  registry: string;
  env?: Record<string, string>;
}

/** One run of a job; of a matrix there are several. */
export interface JobRun {
  job: string;
  /** Results of our steps. */
  steps: StepResult[];
  ok: boolean;
  outputs: Record<string, string>;
}

/** Runs a workflow as GitHub does: every job on a machine of its own, artifacts between them, expressions worked out. */
export async function runWorkflow(options: WorkflowOptions): Promise<JobRun[]> {
  const { jobs } = parse(readFileSync(options.file, 'utf8')) as { jobs: Record<string, Job> };
  const artifacts = await mkdtemp(join(options.folder, 'artifacts-'));
  const done: JobRun[] = [];
  const left = new Map(Object.entries(jobs));
  while (left.size > 0) {
    for (const [name, job] of left) {
      const needs = [job.needs ?? []].flat();
      if (needs.some((need) => left.has(need))) continue;
      left.delete(name);
      const before = done.filter((run) => needs.includes(run.job));
      if (before.some(({ ok }) => !ok)) continue;
      const outputs = Object.fromEntries(before.map((run) => [run.job, { outputs: run.outputs }]));
      const contexts = contextsOf(options, outputs);
      if (job.if !== undefined && !evaluate(unwrapped(job.if), contexts)) continue;
      const combinations = matrixOf(evaluateText(job.strategy?.matrix, contexts), contexts);
      for (const [index, matrix] of combinations.entries()) {
        const strategy = { 'job-index': index, 'job-total': combinations.length };
        done.push(await runJob(name, job, { ...contexts, matrix, strategy }, options, artifacts));
      }
    }
  }
  return done;
}

async function runJob(
  name: string,
  job: Job,
  contexts: Contexts,
  options: WorkflowOptions,
  artifacts: string,
): Promise<JobRun> {
  const machine = await mkdtemp(join(options.folder, `${name}-`));
  await chmod(machine, 0o755);
  const workspace = join(machine, 'workspace');
  await mkdir(workspace);
  const runner = new Runner(options.action, machine);
  const run: JobRun = { job: name, steps: [], ok: true, outputs: {} };
  const steps: Record<string, { outputs: Record<string, string> }> = {};
  for (const step of job.steps) {
    const now: Contexts = { ...contexts, steps, failed: !run.ok };
    const wanted = step.if === undefined ? run.ok : Boolean(evaluate(unwrapped(step.if), now));
    if (!wanted || (!run.ok && !/always\(\)|failure\(\)|cancelled\(\)/.test(step.if ?? ''))) continue;
    const texts = (values: Record<string, unknown> = {}): Record<string, string> =>
      Object.fromEntries(
        Object.entries(values).map(([key, value]) => [
          key,
          shown(evaluateText(value, now)).replaceAll('ghcr.io', options.registry),
        ]),
      );
    const [action = ''] = (step.uses ?? '').split('@');
    const inputs = texts(step.with);
    if (action === 'actions/checkout') await options.checkout(workspace);
    else if (action === 'actions/upload-artifact') await upload(workspace, inputs, artifacts);
    else if (action === 'actions/download-artifact') await download(workspace, inputs, artifacts);
    else if (action === 'org/containerize') {
      const env = { ...options.env, ...texts(step.env) };
      const result = await runner.step({ inputs, env, event: options.event, workspace });
      run.steps.push(result);
      if (step.id !== undefined) steps[step.id] = { outputs: result.outputs };
      if (result.code !== 0) run.ok = false;
      const after = await result.post();
      if (after.code !== 0) run.ok = false;
    } else if (step.run !== undefined) {
      const env = { ...process.env, ...texts(step.env) };
      const { status } = spawnSync('bash', ['-e', '-c', shown(evaluateText(step.run, now))], { cwd: workspace, env });
      if (status !== 0) run.ok = false;
    } else throw new Error(`${options.file}: a step that this runner does not know: ${step.uses}`);
  }
  for (const [key, value] of Object.entries(job.outputs ?? {}))
    run.outputs[key] = shown(evaluateText(value, { ...contexts, steps }));
  return run;
}

function contextsOf({ event }: WorkflowOptions, needs: Contexts): Contexts {
  const { full_name: repository } = event.payload.repository as { full_name: string };
  return {
    github: {
      event_name: event.name,
      event: event.payload,
      ref: event.ref,
      ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
      repository,
      repository_owner: repository.split('/')[0],
      sha: SHA,
      actor: 'octocat',
    },
    inputs: event.payload.inputs ?? {},
    needs,
    secrets: {},
    vars: {},
  };
}

function matrixOf(matrix: unknown, contexts: Contexts): Contexts[] {
  if (typeof matrix !== 'object' || matrix === null) return [{}];
  const { include = [], ...lists } = matrix as Record<string, unknown[]>;
  let all: Contexts[] = Object.keys(lists).length === 0 && include.length > 0 ? [] : [{}];
  for (const [key, values] of Object.entries(lists))
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: evaluateText(value, contexts) })));
  return [...all, ...(include as Contexts[])];
}

function unwrapped(condition: string): string {
  return /^\$\{\{(.*)\}\}$/s.exec(String(condition))?.[1] ?? String(condition);
}

async function upload(workspace: string, { name = 'artifact', path = '' }: Record<string, string>, artifacts: string) {
  await mkdir(join(artifacts, name), { recursive: true });
  for (const found of globSync(resolve(workspace, path)))
    await cp(found, join(artifacts, name, basename(found)), { recursive: true });
}

async function download(
  workspace: string,
  { pattern = '*', path = '.', 'merge-multiple': merge }: Record<string, string>,
  artifacts: string,
) {
  const fits = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  for (const name of await readdir(artifacts)) {
    if (!fits.test(name)) continue;
    await cp(join(artifacts, name), join(workspace, path, merge === 'true' ? '.' : name), { recursive: true });
  }
}
