import { relative } from 'node:path';
import { acquireLease } from '../content/lease.ts';
import type { Dockerfile, Stage } from '../dockerfile/instruction.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { GlobalScope, isPredefinedArg } from '../dockerfile/scope.ts';
import { causesOf, codeOf, messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { hostPlatform, type Platform } from '../oci/platform.ts';
import type { Progress } from '../progress.ts';
import { HelperSession } from '../runtime/helper-session.ts';
import { type AssembledImage, assembleImage, assembleIndex } from './assemble.ts';
import { BaseImages } from './base.ts';
import { BuildContexts } from './contexts.ts';
import { BuildError } from './error.ts';
import { Graph } from './graph.ts';
import type { GraphOptions } from './graph-options.ts';
import { Records } from './records.ts';
import type { BuildRequest } from './request.ts';
import { Rooms } from './rooms.ts';
import { Secrets } from './secrets.ts';
import type { BuildServices } from './services.ts';
import { SharedVertices } from './shared-vertices.ts';
import { Solver } from './solver.ts';
import type { StageState } from './stage-state.ts';
import { Stages } from './stages.ts';
import { StepFactory } from './step-factory.ts';
import type { StepResult } from './vertex.ts';
import { workshop } from './workshop.ts';

export interface BuildResult {
  /** The image, or the index over several platforms, in the store. */
  descriptor: Descriptor;
  images: readonly (AssembledImage & { result: StepResult })[];
  dockerfile: Dockerfile;
  target: Stage;
  /** SOURCE_DATE_EPOCH in force: the request's, else the Dockerfile's own. */
  epoch: number | undefined;
}

/** Builds what the request says. The image's manifests are in the store; its layers are unless they are a base image's that no step needed. */
export async function build(given: BuildRequest, services: BuildServices): Promise<BuildResult> {
  try {
    return await buildOnce(given, services);
  } catch (error) {
    if (!causesOf(error).some((e) => codeOf(e) === 'cache-layer-lost')) throw error;
    // A cache costs time when it is damaged, never the build.
    services.progress.warn(`${messageOf(error)}; building again without that cache`);
    services.lazy?.clear();
    return buildOnce(given, { ...services, caches: services.caches.slice(0, 1) });
  }
}

async function buildOnce(given: BuildRequest, all: BuildServices): Promise<BuildResult> {
  // Steps ask the helper many small things.
  const helper = new HelperSession(all.helper);
  const services = { ...all, helper };
  const lease = await acquireLease(services.content);
  const rooms = new Rooms(services.root, services.run);
  const contexts = new BuildContexts(given, services);
  try {
    const { request, dockerfile, target, states } = await plan(given, services, rooms, contexts);
    const { epoch } = request;
    const records = new Records(services.content, services.caches, services.lazy);
    const solver = new Solver({
      workshop: workshop(request, services, rooms),
      records,
      slots: services.slots,
      progress: services.progress,
      signal: services.signal,
      lockFolder: rooms.locks,
      explain: request.explain,
    });
    const solved = await solver.solve(states.map((state) => state.tip()));
    // Here, where a layer that is lost can still be built; of a base image's nothing is needed yet.
    const layers = solved.flatMap((result) => result.layers.map(({ descriptor }) => descriptor));
    await services.lazy?.fetch((await services.wanted?.(layers)) ?? layers);
    const results = request.compression.force
      ? await inOneCompression(solved, states, request, services, records)
      : solved;
    const options = {
      family: request.family,
      labels: request.labels,
      annotations: request.annotations,
      epoch,
    };
    const images = await Promise.all(
      results.map(async (result, i) => {
        const { platform, baseHistory } = states[i]!;
        return { ...(await assembleImage(services.content, result, baseHistory, platform, options)), result };
      }),
    );
    if (images.length === 1 && !request.alwaysIndex)
      return { descriptor: images[0]!.descriptor, images, dockerfile, target, epoch };
    return {
      descriptor: (await assembleIndex(services.content, images, options)).descriptor,
      images,
      dockerfile,
      target,
      epoch,
    };
  } finally {
    const closing = helper.close();
    await contexts.close();
    await rooms.close();
    await closing;
    await lease.release();
  }
}

async function inOneCompression(
  results: readonly StepResult[],
  states: readonly StageState[],
  request: BuildRequest,
  services: BuildServices,
  records: Records,
): Promise<StepResult[]> {
  const { recompressed } = await import('./recompress.ts');
  return Promise.all(results.map((result, i) => recompressed(result, states[i]!.platform, request, services, records)));
}

/** Reads the Dockerfile and makes the graph of every platform. */
async function plan(
  given: BuildRequest,
  services: BuildServices,
  rooms: Rooms,
  contexts: BuildContexts,
): Promise<{ request: BuildRequest; dockerfile: Dockerfile; target: Stage; states: StageState[] }> {
  const { progress } = services;
  const task = progress.start({ name: `[internal] load build definition from ${given.dockerfile.name}` });
  let request: BuildRequest;
  let dockerfile: Dockerfile;
  let stages: Stages;
  let target: Stage;
  try {
    dockerfile = parseDockerfile(given.dockerfile.text, given.dockerfile.name, {
      syntax: given.buildArgs.BUILDKIT_SYNTAX,
    });
    request = withEpoch(given, dockerfile);
    stages = new Stages(dockerfile, request.contexts.keys());
    target = stages.target(request.target);
  } catch (error) {
    task.fail(error);
    throw error;
  }
  task.done();
  for (const { rule, message, location } of dockerfile.warnings)
    progress.warn(`${rule}: ${message} (line ${location.line})`);
  warnUnused(request, dockerfile, progress);
  const bases = new BaseImages({
    content: services.content,
    refs: services.refs,
    registry: services.registry,
    pull: request.pull,
    progress,
    signal: services.signal,
  });
  const secrets = new Secrets(request.secrets);
  const shared = new SharedVertices();
  const states = await Promise.all(
    request.platforms.map((platform) => {
      const factory = new StepFactory({ request, services, rooms, contexts, secrets, stages });
      const options: GraphOptions = {
        ...graphOptions(request, services, stages, target, platform),
        base: (name, wanted, location) => bases.find(name, wanted, location),
        context: (name, wanted, location) => contexts.named(name, wanted, location, bases),
        step: (instruction, state, read, stage) => factory.step(instruction, state, read, stage),
        folderRoot: (name, empty) => factory.folderRoot(name, empty),
      };
      return new Graph(options, shared).target(target);
    }),
  );
  return { request, dockerfile, target, states };
}

/** `ARG SOURCE_DATE_EPOCH=…` before the first FROM counts where nobody gives another one. */
function withEpoch(request: BuildRequest, { globalArgs }: Dockerfile): BuildRequest {
  const value = globalArgs.flatMap(({ args }) => args).findLast(({ name }) => name === 'SOURCE_DATE_EPOCH')?.value;
  if (request.epoch !== undefined || value === undefined || value.text === '') return request;
  if (!/^\d{1,12}$/.test(value.text))
    throw new BuildError('bad-option', `SOURCE_DATE_EPOCH: expected seconds since 1970, found "${value.text}"`, {
      location: value.location,
    });
  return { ...request, epoch: Number(value.text) };
}

function graphOptions(
  request: BuildRequest,
  services: BuildServices,
  stages: Stages,
  target: Stage,
  platform: Platform,
) {
  const build = hostPlatform();
  return {
    stages,
    global: new GlobalScope(stages.dockerfile, {
      buildArgs: request.buildArgs,
      build,
      target: platform,
      ...(request.target === undefined ? {} : { targetStage: target.name ?? request.target }),
    }),
    target: platform,
    showPlatform: request.platforms.length > 1,
    services,
    progress: services.progress,
    noCache: (stage: Stage) =>
      request.noCache ||
      request.noCacheFilter.some((name) => name.toLowerCase() === stage.name || name === String(stage.index)),
    identity: [request.dockerfile.path ?? request.dockerfile.name, request.context ?? ''].join('\n'),
    ...(services.lazy === undefined ? {} : { sharedIdentity: belowContext(request) }),
  };
}

/** The Dockerfile's place in its context, the same on every machine. */
function belowContext({ dockerfile: { path, name }, context }: BuildRequest): string {
  return path === undefined || context === undefined ? name : relative(context, path);
}

/** A build argument that nothing declares is most likely misspelt. */
function warnUnused(request: BuildRequest, dockerfile: Dockerfile, progress: Progress): void {
  const declared = new Set<string>();
  for (const instruction of [...dockerfile.globalArgs, ...dockerfile.stages.flatMap((stage) => stage.instructions)]) {
    const arg = instruction.kind === 'onbuild' ? instruction.trigger : instruction;
    if (arg.kind === 'arg') for (const { name } of arg.args) declared.add(name);
  }
  const unused = Object.keys(request.buildArgs).filter((name) => !declared.has(name) && !isPredefinedArg(name));
  // Triggers of a base image may use them; that is rare enough for a warning that is wrong then.
  if (unused.length > 0) progress.warn(`one or more build-args were not consumed: ${unused.join(', ')}`);
}
