import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CopySource } from '../../src/build/context/entry.ts';
import { BuildContext } from '../../src/build/context.ts';
import { type AddStep, addOp, type Download } from '../../src/build/ops/add.ts';
import { type CopyStep, copyOp } from '../../src/build/ops/copy.ts';
import type { Op, StepContext, StepResult } from '../../src/build/vertex.ts';
import { type IgnoreMatcher, parseIgnore } from '../../src/dockerfile/ignore.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Helper } from '../../src/runtime/helper.ts';
import { removeScratch } from '../helpers/make-scratch.ts';

/** A build's folders in a scratch folder: a context, a base root, another stage; and steps that run on them for real. */
export class Workshop {
  readonly folder: string;
  readonly context: string;
  readonly base: string;
  readonly stage: string;
  readonly #helper: Helper;
  #steps = 0;
  epoch: number | undefined;

  constructor(folder: string, helper: Helper) {
    this.folder = folder;
    this.#helper = helper;
    // overlayfs wants a second lower layer where nothing is writable.
    mkdirSync(join(folder, 'empty'));
    [this.context, this.base, this.stage] = ['context', 'base', 'stage'].map((name) => {
      const path = join(folder, name);
      mkdirSync(path, { mode: 0o755 });
      return path;
    }) as [string, string, string];
  }

  open(ignore?: string | IgnoreMatcher): Promise<BuildContext> {
    return BuildContext.open({
      folder: this.context,
      cacheFolder: join(this.folder, 'cache'),
      ...(ignore === undefined
        ? {}
        : { ignore: typeof ignore === 'string' ? parseIgnore(ignore, '.dockerignore') : ignore }),
    });
  }

  /** Runs a COPY as its text says; gives the folder that became the new layer. */
  async copy(step: Partial<CopyStep> & { from?: CopySource | 'stage' }, words: string): Promise<string> {
    return this.run(copyOp(await this.step(step, words)));
  }

  async add(step: Partial<AddStep>, words: string, download: Download = noDownload): Promise<string> {
    return this.run(addOp({ keepGitDir: false, ...(await this.step(step, words)), kind: 'ADD' } as AddStep, download));
  }

  async step({ from, ...step }: Partial<CopyStep> & { from?: CopySource | 'stage' }, words: string): Promise<CopyStep> {
    const texts = words.split(' ').map((text) => ({ text }));
    return {
      kind: 'COPY',
      sources: texts.slice(0, -1),
      heredocs: [],
      destination: texts.at(-1)!,
      link: false,
      parents: false,
      exclude: [],
      workdir: '/',
      source: from === 'stage' ? { input: 1, name: 'stage other' } : (from ?? (await this.open())),
      history: `COPY ${words}`,
      location: { file: 'Dockerfile', line: 1 },
      ...step,
    };
  }

  async run(op: Op): Promise<string> {
    const made: { upper: string } = { upper: '' };
    await op.execute(this.stepContext(made));
    return made.upper;
  }

  async key(op: Op): Promise<string> {
    const context = this.stepContext({ upper: '' });
    return (await op.contentKey(context.inputs, context))!.key;
  }

  stepContext(made: { upper: string }): StepContext {
    const place = join(this.folder, `step-${++this.#steps}`);
    const result = (name: string, folder: string) =>
      ({
        key: `sha256:${name}` as Digest,
        snapshot: async () => ({
          id: name,
          overlay: { cwd: this.folder, options: '', upper: '', work: '', lowers: [folder, 'empty'] },
        }),
      }) as unknown as StepResult;
    let scratches = 0;
    const partial = {
      inputs: [result('base', 'base'), result('stage', 'stage')],
      platform: { os: 'linux', architecture: 'amd64' },
      services: { helper: this.#helper },
      task: { output() {}, progress() {}, note() {}, done() {}, fail() {} },
      signal: new AbortController().signal,
      epoch: this.epoch,
      prepare: async (on: StepResult | undefined) => {
        made.upper = join(place, 'upper');
        for (const name of ['upper', 'work']) mkdirSync(join(place, name), { recursive: true });
        return {
          id: 'step',
          overlay: {
            cwd: this.folder,
            options: '',
            upper: made.upper,
            work: join(place, 'work'),
            lowers: on === undefined ? ['empty'] : ['base'],
          },
        };
      },
      commit: async () => undefined,
      scratch: async () => {
        const folder = join(place, `scratch-${++scratches}`);
        mkdirSync(folder, { recursive: true });
        return folder;
      },
    };
    return partial as unknown as StepContext;
  }

  remove(): void {
    removeScratch(this.folder);
  }
}

const noDownload: Download = async () => {
  throw new Error('nothing to download here');
};

/** What a folder holds, a line each: `app/x 644 0:0 content`, `app/ 755 0:0`, `app/l -> x`. */
export function listing(folder: string, at = ''): string[] {
  return readdirSync(join(folder, at))
    .sort()
    .flatMap((name) => {
      const path = join(at, name);
      const stats = lstatSync(join(folder, path));
      const owner = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
      if (stats.isDirectory()) return [`${path}/ ${owner}`, ...listing(folder, path)];
      if (stats.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(folder, path))}`];
      if (stats.isFile()) return [`${path} ${owner} ${readFileSync(join(folder, path), 'utf8').slice(0, 40)}`];
      return [`${path} ${owner} special`];
    });
}
