import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Slots } from '../../content/slots.ts';
import { ContainerizeError, causesOf, codeOf, messageOf } from '../../errors.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { ReleaseReport } from '../../reports.ts';
import type { Built } from './build-image.ts';
import { imageProgress } from './image-progress.ts';
import { buildAndTest, type ImageSurroundings, pushBuilt } from './image-steps.ts';
import type { ImageFailure, ImageJob, ImageReport } from './job.ts';
import { releaseImage } from './release-image.ts';
import type { JobSurroundings } from './surroundings.ts';

/** Images of a pipeline failed; the first one's error is the cause. */
export class ImagesFailed extends ContainerizeError<'images-failed'> {}

/**
 * Runs the images of a file. They are built and tested side by side, each after those that it needs; one that fails stops
 * none that does not need it, so that one run tells all that is wrong. But nothing is pushed unless all of them are good,
 * and nothing is released unless all of them were pushed.
 */
export async function runImages(
  jobs: readonly ImageJob[],
  around: JobSurroundings & { engine: Engine },
  onChange: (images: ImageReport[]) => void,
): Promise<void> {
  const run = new ImagesRun(jobs, around, onChange);
  await run.prepare();
  await run.push();
  await run.release();
}

/** One image while it is worked on. */
interface Entry {
  job: ImageJob;
  report: ImageReport;
  surroundings: ImageSurroundings;
  built?: Built;
  error?: unknown;
}

class ImagesRun {
  readonly #entries: Entry[];
  readonly #around: JobSurroundings & { engine: Engine };
  readonly #onChange: (images: ImageReport[]) => void;
  /** Images at once: what one waits for, another one can use. */
  readonly #atOnce = new Slots(Math.max(2, availableParallelism()));

  constructor(
    jobs: readonly ImageJob[],
    around: JobSurroundings & { engine: Engine },
    onChange: (images: ImageReport[]) => void,
  ) {
    this.#around = around;
    this.#onChange = onChange;
    const { engine, context } = around;
    const slots = new Slots(Math.max(1, availableParallelism()));
    this.#entries = jobs.map((job) => ({
      job,
      report: { name: job.name, outcome: 'running', pushed: [] },
      surroundings: { engine, context, progress: progressOf(job.name, jobs.length, around), slots },
    }));
  }

  #reports(): ImageReport[] {
    return this.#entries.map(({ report }) => ({ ...report }));
  }

  async prepare(): Promise<void> {
    const begun = new Map<string, Promise<boolean>>();
    const byName = new Map(this.#entries.map((entry) => [entry.job.name, entry]));
    const begin = (entry: Entry): Promise<boolean> => {
      const { name, needs } = entry.job;
      const running =
        begun.get(name) ??
        this.#prepared(
          entry,
          // waited for before a slot is taken: the one that is needed may want it
          needs.map(({ image }) => begin(byName.get(image)!)),
          new Map(needs.map(({ image }) => [image, byName.get(image)!])),
        );
      begun.set(name, running);
      return running;
    };
    await Promise.all(this.#entries.map(begin));
    if (this.#entries.some(({ report }) => report.outcome !== 'running'))
      for (const { built } of this.#entries) await built?.close();
    this.#refuseFailed();
  }

  /** True when it is good. */
  async #prepared(entry: Entry, needs: Promise<boolean>[], needed: ReadonlyMap<string, Entry>): Promise<boolean> {
    const good = await Promise.all(needs);
    const bad = entry.job.needs.find((_, i) => !good[i]);
    if (bad !== undefined) {
      this.#change(entry, { outcome: 'left-out', error: { message: `it needs ${bad.image}, which failed` } });
      return false;
    }
    return this.#atOnce.run(() =>
      this.#attempt(entry, async () => {
        entry.built = await buildAndTest(this.#withImages(entry.job, needed), entry.surroundings, (part) =>
          this.#change(entry, part),
        );
      }),
    );
  }

  /** The build, with the images that it uses as contexts: that very digest, out of the store. */
  #withImages({ build, needs }: ImageJob, needed: ReadonlyMap<string, Entry>): ImageJob['build'] {
    const content = join(this.#around.engine.settings.root, 'content');
    const words = needs.flatMap(({ image, context }) => {
      const digest = needed.get(image)!.built!.image.descriptor.digest;
      return context === undefined ? [] : [`--build-context=${context}=oci-layout://${content}@${digest}`];
    });
    return { ...build, words: [...words, ...build.words] };
  }

  async push(): Promise<void> {
    await Promise.all(
      this.#entries.map((entry) =>
        this.#atOnce.run(() =>
          this.#attempt(entry, async () => {
            await pushBuilt(entry.built!, entry.job.build, entry.surroundings, (part) => this.#change(entry, part));
            if (entry.job.releases.length === 0) this.#change(entry, { outcome: 'done' });
          }),
        ),
      ),
    );
    this.#refuseFailed();
  }

  /** One after the other, in the file's order: a channel that does not move keeps the later ones where they are. */
  async release(): Promise<void> {
    const { engine, context } = this.#around;
    for (const entry of this.#entries) {
      const { job, report, surroundings } = entry;
      await this.#attempt(entry, async () => {
        for (const release of job.releases) {
          const { progress } = surroundings;
          const onMoved = (moved: ReleaseReport): void => {
            const { release: first = moved, releases = [] } = entry.report;
            this.#change(entry, { release: first, releases: [...releases, moved] });
          };
          await releaseImage(release, report.pushed, { engine, context, progress, onMoved });
        }
        this.#change(entry, { outcome: 'done' });
      });
      this.#refuseFailed();
    }
  }

  async #attempt(entry: Entry, work: () => Promise<void>): Promise<boolean> {
    try {
      this.#around.context.signal.throwIfAborted();
      await work();
      return true;
    } catch (error) {
      entry.error = error;
      this.#change(entry, { outcome: 'failed', error: failureOf(error) });
      return false;
    }
  }

  #change(entry: Entry, part: Partial<ImageReport>): void {
    Object.assign(entry.report, part);
    this.#onChange(this.#reports());
  }

  /** @throws ImagesFailed, or what ended the whole run */
  #refuseFailed(): void {
    const failed = this.#entries.filter(({ report }) => report.outcome === 'failed');
    if (failed.length === 0) return;
    for (const entry of this.#entries)
      if (entry.report.outcome === 'running') this.#change(entry, { outcome: 'left-out' });
    this.#around.context.signal.throwIfAborted();
    if (this.#entries.length === 1) throw failed[0]!.error;
    const lines = failed.map(({ report }) => `${report.name}: ${report.error!.message}`);
    throw new ImagesFailed(
      'images-failed',
      failed.length === 1
        ? lines[0]!
        : `${failed.length} of ${this.#entries.length} images failed:\n  ${lines.join('\n  ')}`,
      { cause: failed[0]!.error },
    );
  }
}

function failureOf(error: unknown): ImageFailure {
  const typed = causesOf(error).filter((e): e is ContainerizeError => e instanceof ContainerizeError);
  const code = codeOf(error);
  const hint = typed.find((e) => e.hint !== undefined)?.hint;
  const place = typed.find((e) => e.location !== undefined)?.location;
  if (place === undefined)
    return {
      ...(code === undefined ? {} : { code }),
      message: messageOf(error),
      ...(hint === undefined ? {} : { hint }),
    };
  const { text: _, ...location } = place;
  return {
    ...(code === undefined ? {} : { code }),
    message: messageOf(error),
    ...(hint === undefined ? {} : { hint }),
    location,
  };
}

function progressOf(name: string, count: number, { progress, imageProgress: own }: JobSurroundings): Progress {
  if (own !== undefined) return own(name);
  return count === 1 ? progress : imageProgress(progress, name);
}
