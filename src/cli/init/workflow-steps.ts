import { parse } from 'yaml';
import { isPlain } from './compose-services.ts';
import type { RepositoryFiles } from './repository-files.ts';

const FOLDER = '.github/workflows';
const MOST_FILES = 50;
const MOST_COMBINATIONS = 20;

export interface Step {
  id?: string;
  uses: string;
  with: Record<string, string>;
}

/** A job that builds images with the docker actions, for one combination of its matrix. */
export interface DockerJob {
  file: string;
  name: string;
  on: unknown;
  runsOn: string;
  env: Record<string, string>;
  steps: Step[];
}

/** Jobs of the repository's workflows with a step of docker/build-push-action. */
export async function dockerJobs(files: RepositoryFiles): Promise<{ jobs: DockerJob[]; notes: string[] }> {
  const jobs: DockerJob[] = [];
  const notes: string[] = [];
  const names = (await files.names(FOLDER)).filter((name) => /\.ya?ml$/.test(name));
  for (const name of names.slice(0, MOST_FILES)) {
    const file = `${FOLDER}/${name}`;
    const text = await files.read(file);
    if (text === undefined) continue;
    if (/docker\/bake-action/.test(text)) notes.push(`${file}: docker/bake-action: files of bake are not read`);
    if (!/docker\/build-push-action/.test(text)) continue;
    try {
      jobs.push(...jobsOf(parse(text, { maxAliasCount: 100 }), file));
    } catch (error) {
      notes.push(`${file} cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    }
  }
  return { jobs, notes };
}

function jobsOf(workflow: unknown, file: string): DockerJob[] {
  if (!isPlain(workflow) || !isPlain(workflow.jobs)) return [];
  return Object.entries(workflow.jobs).flatMap(([name, job]) => {
    if (!isPlain(job) || !Array.isArray(job.steps)) return [];
    const steps = job.steps.flatMap((step) => (isPlain(step) && typeof step.uses === 'string' ? [stepOf(step)] : []));
    if (!steps.some(({ uses }) => isAction(uses, 'docker/build-push-action'))) return [];
    const runsOn =
      typeof job['runs-on'] === 'string' && !job['runs-on'].includes('${{') ? job['runs-on'] : 'ubuntu-24.04';
    // `on` is true to readers of YAML 1.1
    const on = workflow.on ?? (workflow as Record<string, unknown>).true;
    const env = { ...texts(workflow.env), ...texts(job.env) };
    return combinations(job).map((values) => ({
      file,
      name,
      on,
      runsOn,
      env: mapped(env, values),
      steps: steps.map((step) => ({ ...step, with: mapped(step.with, values) })),
    }));
  });
}

function stepOf(step: Record<string, unknown>): Step {
  return { ...(typeof step.id === 'string' ? { id: step.id } : {}), uses: step.uses as string, with: texts(step.with) };
}

export function isAction(uses: string, name: string): boolean {
  return uses === name || uses.startsWith(`${name}@`);
}

function texts(value: unknown): Record<string, string> {
  if (!isPlain(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? [[key, String(one)]] : [],
    ),
  );
}

/** The values of a job's matrix; one empty combination without a matrix. */
function combinations(job: Record<string, unknown>): Record<string, string>[] {
  const matrix = isPlain(job.strategy) ? job.strategy.matrix : undefined;
  if (!isPlain(matrix)) return [{}];
  let all: Record<string, string>[] = [{}];
  for (const [key, values] of Object.entries(matrix)) {
    if (key === 'include' || key === 'exclude' || !Array.isArray(values)) continue;
    all = all.flatMap((one) =>
      values.map((value) => ({ ...one, ...(isPlain(value) ? below(key, value) : { [key]: String(value) }) })),
    );
  }
  const more = Array.isArray(matrix.include) ? matrix.include.filter(isPlain).map(texts) : [];
  if (more.length > 0) all = all.length === 1 && Object.keys(all[0]!).length === 0 ? more : extended(all, more);
  return all.slice(0, MOST_COMBINATIONS);
}

/** `matrix.image.name`. */
function below(key: string, value: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts(value)).map(([name, one]) => [`${key}.${name}`, one]));
}

/** An entry of `include` adds to the combinations that it agrees with, else it is one itself. */
function extended(all: Record<string, string>[], more: Record<string, string>[]): Record<string, string>[] {
  const result = all.map((one) => ({ ...one }));
  for (const entry of more) {
    const fitting = result.filter((_, i) =>
      Object.entries(all[i]!).every(([key, value]) => (entry[key] ?? value) === value),
    );
    const agrees = fitting.length > 0 && Object.keys(entry).some((key) => key in all[0]!);
    if (agrees) for (const one of fitting) Object.assign(one, entry);
    else result.push(entry);
  }
  return result;
}

function mapped(values: Record<string, string>, matrix: Record<string, string>): Record<string, string> {
  const put = (text: string): string =>
    text.replace(/\$\{\{\s*matrix\.([\w.-]+)\s*\}\}/g, (whole, key: string) => matrix[key] ?? whole);
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, put(text)]));
}
