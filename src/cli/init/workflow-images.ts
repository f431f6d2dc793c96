import { posix } from 'node:path';
import { parseList } from '../../lists.ts';
import { keyOf } from './dockerfiles.ts';
import { Expressions } from './expressions.ts';
import { type ProposedImage, type ProposedWorkflow, plainImage } from './proposal.ts';
import { type DockerJob, isAction, type Step } from './workflow-steps.ts';

/** What the docker actions of a repository's workflows say, in our words. */
export interface Carried {
  images: ProposedImage[];
  workflow: Omit<ProposedWorkflow, 'name'>;
  /** What could not be carried over, and why. */
  notes: string[];
}

const EXPRESSION = /\$\{\{/;

/** Carries builds, names, tag rules, platforms, arguments, caches and logins over. `defaults`: variables of a runner, elsewhere. */
export function carryOver(jobs: readonly DockerJob[], defaults: Readonly<Record<string, string>>): Carried | undefined {
  const [first] = jobs;
  if (first === undefined) return undefined;
  const notes: string[] = [];
  const env: Record<string, string> = {};
  const images: ProposedImage[] = [];
  const logins = new Map<string, ProposedWorkflow['logins'][number]>();
  for (const job of jobs) {
    const expressions = new Expressions(job.env, defaults);
    for (const step of job.steps) {
      if (isAction(step.uses, 'docker/login-action')) addLogin(step, job, logins, notes);
      if (!isAction(step.uses, 'docker/build-push-action')) continue;
      const image = new ImageReading(step, job, expressions, notes).read();
      if (image !== undefined) addImage(image, images);
    }
    Object.assign(env, expressions.env);
  }
  const steps = jobs.flatMap((job) => job.steps);
  const checkout = steps.find(({ uses }) => isAction(uses, 'actions/checkout'));
  const emulation = steps.find(({ uses }) => isAction(uses, 'docker/setup-qemu-action'));
  return {
    images,
    workflow: {
      on: first.on,
      runsOn: first.runsOn,
      checkout:
        checkout === undefined || Object.values(checkout.with).some((value) => EXPRESSION.test(value))
          ? {}
          : checkout.with,
      before:
        emulation === undefined
          ? []
          : [{ uses: emulation.uses, ...(Object.keys(emulation.with).length === 0 ? {} : { with: emulation.with }) }],
      env,
      logins: [...logins.values()],
    },
    notes: [...new Set(notes)],
  };
}

/** The same build for another platform is the same image. */
function addImage(image: ProposedImage, images: ProposedImage[]): void {
  const { platforms: _, ...bare } = image;
  const same = images.find(({ platforms: __, ...other }) => JSON.stringify(other) === JSON.stringify(bare));
  if (same === undefined) images.push(image);
  else same.platforms = [...new Set([...same.platforms, ...image.platforms])];
}

function addLogin(
  { with: given }: Step,
  job: DockerJob,
  logins: Map<string, ProposedWorkflow['logins'][number]>,
  notes: string[],
): void {
  const put = (text: string): string =>
    text.replace(/\$\{\{\s*env\.(\w+)\s*\}\}/g, (whole, name: string) => job.env[name] ?? whole);
  const { registry, username, password } = Object.fromEntries(
    Object.entries(given).map(([key, text]) => [key, put(text)]),
  );
  const name = registry ?? 'docker.io';
  if (/^ghcr\.io$/.test(name) && /github\.token|secrets\.GITHUB_TOKEN/.test(password ?? '')) {
    notes.push(`${job.file}: no login to ghcr.io is needed, the step has the repository's token`);
    return;
  }
  if (password === undefined && given['registry-auth'] !== undefined) {
    notes.push(`${job.file}: registry-auth of docker/login-action: copy it into the step`);
    return;
  }
  logins.set(name, {
    ...(registry === undefined ? {} : { registry }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

class ImageReading {
  readonly #step: Step;
  readonly #job: DockerJob;
  readonly #expressions: Expressions;
  readonly #notes: string[];

  constructor(step: Step, job: DockerJob, expressions: Expressions, notes: string[]) {
    this.#step = step;
    this.#job = job;
    this.#expressions = expressions;
    this.#notes = notes;
  }

  read(): ProposedImage | undefined {
    // the action's own way to say: the repository itself
    const context = (this.#text('context') ?? '.').replace(/^\{\{defaultContext\}\}:?/, '') || '.';
    if (context.includes('://') || context.includes('$')) {
      this.#lost('context', context);
      return undefined;
    }
    const folder = posix.normalize(context).replace(/(.)\/$/, '$1');
    const file = this.#text('file');
    const dockerfile = file === undefined ? undefined : posix.relative(folder, posix.normalize(file));
    const named = this.#names();
    const last = named.repositories[0]?.split('/').at(-1);
    const key = folder === '.' ? (last === undefined || last.includes('$') ? 'app' : last) : posix.basename(folder);
    const target = this.#text('target');
    const push = this.#step.with.push;
    const { file: origin, name } = this.#job;
    return {
      ...plainImage(keyOf(key), `${origin}, job ${name}`, folder),
      ...(dockerfile === undefined || dockerfile === 'Dockerfile' ? {} : { dockerfile }),
      ...(target === undefined ? {} : { target }),
      args: this.#list('build-args', { ignoreComma: true }),
      contexts: this.#list('build-contexts', { ignoreComma: true }),
      platforms: this.#list('platforms', {}),
      secrets: this.#secrets(),
      cacheFrom: this.#caches('cache-from'),
      cacheTo: this.#caches('cache-to'),
      ...named,
      ...(push === 'true'
        ? { push: true }
        : push === 'false' || (push === undefined && !/push=true|type=registry/.test(this.#step.with.outputs ?? ''))
          ? { push: false }
          : {}),
    };
  }

  /** `tags` of the build: the outputs of a metadata step, or names in full. */
  #names(): Pick<ProposedImage, 'repositories' | 'tags' | 'flavor' | 'labels' | 'annotations'> {
    const given = this.#step.with.tags ?? '';
    const id =
      /steps\.([\w-]+)\.outputs\.(?:tags|json)/.exec(given)?.[1] ??
      /steps\.([\w-]+)\.outputs\.labels/.exec(this.#step.with.labels ?? '')?.[1];
    const meta = this.#job.steps.find((step) => step.id === id && isAction(step.uses, 'docker/metadata-action'));
    if (meta !== undefined) {
      const rules = { ignoreComma: true, comment: '#' };
      const lines = (name: string): string[] => this.#carriedLines(name, parseList(meta.with[name] ?? '', rules));
      const images = parseList(meta.with.images ?? '', rules).map((name) => name.replace(/^name=([^,]+)$/, '$1'));
      return {
        repositories: this.#carriedLines('images', images, 'unknown'),
        tags: lines('tags'),
        flavor: lines('flavor'),
        labels: lines('labels'),
        annotations: lines('annotations'),
      };
    }
    const full = parseList(given, {});
    const names = [...new Set(full.map((name) => name.replace(/:(?:[^/:{}]|\$\{\{.*?\}\})*$/, '')))];
    const tags = full.map((name) => /:((?:[^/:{}]|\$\{\{.*?\}\})*)$/.exec(name)?.[1] ?? 'latest');
    return {
      repositories: this.#carriedLines('tags', names, 'unknown'),
      tags: [...new Set(tags.flatMap((tag) => this.#rules(tag)))],
      flavor: [],
      labels: this.#list('labels', { ignoreComma: true }),
      annotations: this.#list('annotations', { ignoreComma: true }),
    };
  }

  #rules(tag: string): string[] {
    if (/^\$\{\{\s*github\.sha\s*\}\}$/.test(tag)) return ['type=sha,format=long,prefix='];
    if (/^\$\{\{\s*github\.ref_name\s*\}\}$/.test(tag)) return ['type=ref,event=branch', 'type=ref,event=tag'];
    return this.#carriedLines('tags', [tag]).map((value) => `type=raw,value=${value}`);
  }

  #text(name: string): string | undefined {
    const given = this.#step.with[name]?.trim();
    if (given === undefined || given === '') return undefined;
    return this.#carriedLines(name, [given.replace(/^\$\{\{\s*github\.workspace\s*\}\}\/?/, './')])[0];
  }

  #list(name: string, options: { ignoreComma?: boolean }): string[] {
    const lines = parseList(this.#step.with[name] ?? '', options);
    // what comes from a metadata step is there already
    return this.#carriedLines(
      name,
      lines.filter((line) => !/steps\.[\w-]+\.outputs\.(labels|annotations)/.test(line)),
    );
  }

  /** Caches that the engine has; others have a note. */
  #caches(name: string): string[] {
    return this.#list(name, { ignoreComma: true }).filter((spec) => {
      const type = spec.includes('=') ? (/(?:^|,)type=([a-z0-9]+)/.exec(spec)?.[1] ?? 'registry') : 'registry';
      if (['gha', 'registry', 'local'].includes(type)) return true;
      this.#notes.push(`${this.#job.file}: ${name}: there is no cache of type ${type}, it is left out`);
      return false;
    });
  }

  #secrets(): ProposedImage['secrets'] {
    const secrets: ProposedImage['secrets'] = {};
    for (const item of parseList(this.#step.with.secrets ?? '', { ignoreComma: true })) {
      const [, id, value = ''] = /^([\w.-]+)=(.*)$/s.exec(item) ?? [];
      if (id === undefined) continue;
      const variable = id
        .toUpperCase()
        .replace(/[^A-Z0-9_]/g, '_')
        .replace(/^(\d|GITHUB_)/, 'CI_$1');
      this.#expressions.env[variable] = value;
      secrets[id] = { environment: variable };
    }
    for (const item of parseList(this.#step.with['secret-envs'] ?? '', {})) {
      const [id, environment] = item.split('=');
      if (id && environment) secrets[id] = { environment };
    }
    for (const item of parseList(this.#step.with['secret-files'] ?? '', {})) {
      const [id, file] = item.split('=');
      if (id && file && !EXPRESSION.test(file)) secrets[id] = { file };
    }
    return secrets;
  }

  #carriedLines(name: string, lines: readonly string[], empty = ''): string[] {
    return lines.flatMap((line) => {
      const carried = this.#expressions.carried(line, empty);
      if (carried !== undefined) return [carried];
      this.#lost(name, line);
      return [];
    });
  }

  #lost(name: string, value: string): void {
    this.#notes.push(`${this.#job.file}: ${name}: only that workflow knows "${value.slice(0, 100)}", it is left out`);
  }
}
