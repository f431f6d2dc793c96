import { availableParallelism } from 'node:os';
import type { ContainerBase } from '../../container/create.ts';
import { loadImage } from '../../content/image.ts';
import { withLease } from '../../content/lease.ts';
import type { Image } from '../../content/store.ts';
import { ContainerizeError, causesOf, codeOf, messageOf } from '../../errors.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Progress } from '../../progress.ts';
import type { TestReport } from '../../reports.ts';
import type { OutputFolder } from '../../testing/output-folder.ts';
import { StageFailed } from '../../testing/request.ts';
import { runTests } from '../../testing/run.ts';
import type { Shard } from '../../testing/shard.ts';
import type { TestSpec } from '../../testing/spec.ts';
import { containerBase } from '../container-base.ts';
import type { Engine } from '../wire.ts';
import { casesOfReports, type Repository } from './reports.ts';

export interface TestImageRequest {
  /** Name or digest of the image under test; absent when only stages are. */
  image?: string;
  platform?: Platform;
  tests: readonly TestSpec[];
  /** Default: one for each processor, two at least. */
  jobs?: number;
  shard?: Shard;
  output?: OutputFolder;
  /** Where files that reports name are looked for. */
  repository?: Repository;
  /** Folder that image checks may mount from; default: the repository's. */
  project?: string;
  /** The caller's environment, of which image checks may name variables. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Builds a stage of the image's Dockerfile, until the signal. */
  buildTarget?(target: string, signal: AbortSignal): Promise<Image>;
}

/** Runs tests against an image of the store, that very one: nothing is exported or loaded. */
export async function testImage(
  engine: Engine,
  request: TestImageRequest,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<TestReport> {
  const [content, containers] = await Promise.all([engine.content(), engine.containers()]);
  const { image, platform, buildTarget } = request;
  const warned = new Set<string>();
  // a limit that cannot be set here is the same for every test
  engine.onWarning = (message) => {
    if (!warned.has(message)) progress.warn(message);
    warned.add(message);
  };
  const base = async (target: string | undefined, seconds: number): Promise<ContainerBase> => {
    if (target === undefined) return containerBase(engine, image ?? '', { platform, progress, signal });
    if (buildTarget === undefined) throw new Error(`stage ${target}: there is no Dockerfile to build it from`);
    const late = AbortSignal.timeout(Math.min(seconds * 1000, 2 ** 31 - 1));
    let built: Image;
    try {
      built = await buildTarget(target, AbortSignal.any([signal, late]));
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) throw new StageFailed(`stage ${target} did not build within ${seconds} s`, [], error);
      if (!isVerdict(error)) throw error;
      throw new StageFailed(`stage ${target} does not build: ${messageOf(error)}`, outputOf(error), error);
    }
    return { name: built.descriptor.digest, loaded: await loadImage(built, platform), content: built.content };
  };
  const { output } = request;
  const cases =
    output &&
    ((files: readonly string[], workingDir: string) =>
      casesOfReports(containers.services.helper, output, files, workingDir, request.repository));
  const jobs = request.jobs ?? Math.max(2, availableParallelism());
  const files = request.tests.flatMap((test) => test.checks ?? []);
  const place = {
    containers,
    folder: request.project ?? request.repository?.folder ?? '/',
    env: request.env ?? engine.settings.env,
    jobs: Math.min(jobs, 4),
  };
  // a mistake in a file of checks is told before anything runs
  const checks = files.length === 0 ? undefined : await (await import('./checks.ts')).imageChecks(files, place);
  return withLease(content, () =>
    runTests(
      { ...request, jobs },
      { containers, base, ...(checks && { checks }), ...(cases && { cases }), progress, signal },
    ),
  );
}

/** Of these the Dockerfile knows the place, and the stage is not to blame. */
const OF_OTHERS = [
  'base-not-found',
  'unknown-target',
  'no-dockerfile',
  'missing-secret',
  'missing-ssh',
  'not-entitled',
];

/** Whether an error tells that a stage does not build, not only that it could not be tried. */
function isVerdict(error: unknown): boolean {
  const chain = causesOf(error);
  if (chain.some((e) => OF_OTHERS.includes(codeOf(e) ?? ''))) return false;
  return chain.some((e) => codeOf(e) === 'step-failed' || (e instanceof ContainerizeError && e.location !== undefined));
}

function outputOf(error: unknown): readonly string[] {
  const said = causesOf(error).find((e) => Array.isArray((e as { output?: unknown } | null)?.output));
  return (said as { output: string[] } | undefined)?.output ?? [];
}
