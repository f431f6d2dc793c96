import { posix } from 'node:path';
import type { RunInstruction, Stage } from '../dockerfile/instruction.ts';
import type { Mount } from '../dockerfile/run-mount.ts';
import { resolveMount } from '../dockerfile/run-mount.ts';
import type { Read, StepFactoryOptions } from './factory-options.ts';
import { contextSource, type FileSource, resultSource } from './file-source.ts';
import type { LayerInstruction, LayerStep } from './graph-options.ts';
import { checkPlatform } from './ops/foreign-platform.ts';
import { notEntitled, runOp } from './ops/run.ts';
import type { RunDefinition, RunMount } from './ops/run-definition.ts';
import type { RunTools } from './ops/run-tools.ts';
import { workdirOp } from './ops/workdir.ts';
import type { BuildRequest } from './request.ts';
import type { StageState } from './stage-state.ts';
import type { Vertex } from './vertex.ts';

/** Makes the operations of the instructions that change files, with everything expanded by the stage's scope. */
export class StepFactory {
  readonly #options: StepFactoryOptions;
  readonly #tools: RunTools;

  constructor(options: StepFactoryOptions) {
    this.#options = options;
    const { request, services, rooms, secrets } = options;
    const { ssh, limits, ulimits, shmSize, addHosts, cgroupParent } = request;
    this.#tools = {
      runtime: services.runtime,
      room: () => rooms.memory(),
      secrets,
      ssh,
      cacheMounts: services.cacheMounts,
      savedMounts: services.savedMounts,
      limits,
      ulimits,
      addHosts,
      ...(shmSize === undefined ? {} : { shmSize }),
      ...(cgroupParent === undefined ? {} : { cgroupParent }),
      checkPlatform: (run) => checkPlatform(run.platform, run.location),
    };
  }

  /** Undefined for an instruction that changes nothing: `WORKDIR /`. */
  async step(
    instruction: LayerInstruction,
    state: StageState,
    read: Read,
    stage: Stage,
  ): Promise<LayerStep | undefined> {
    const text = state.scope.display(instruction.original);
    switch (instruction.kind) {
      case 'run':
        return this.#run(instruction, state, read, stage, text);
      case 'workdir': {
        const path = posix.resolve('/', state.workdir, state.scope.expand(instruction.path));
        return { op: workdirOp(path, state.config.User ?? ''), inputs: [], text, workdir: path };
      }
      default:
        return (await import('./transfer.ts')).transferStep(instruction, state, read, stage, text, this.#options);
    }
  }

  /** `FROM context`: the folder's files on an empty root. */
  async folderRoot(name: string, empty: Vertex): Promise<Vertex> {
    return (await import('./transfer.ts')).folderStep(name, empty, this.#options);
  }

  async #run(
    instruction: RunInstruction,
    state: StageState,
    read: Read,
    stage: Stage,
    text: string,
  ): Promise<LayerStep> {
    const { request } = this.#options;
    const { scope } = state;
    const { location } = instruction;
    const network = instruction.network === 'default' ? request.network : instruction.network;
    if (instruction.network === 'host' && !request.allow.has('network.host'))
      throw notEntitled('RUN --network=host', 'network.host', location);
    if (instruction.security === 'insecure' && !request.allow.has('security.insecure'))
      throw notEntitled('RUN --security=insecure', 'security.insecure', location);
    const inputs: Vertex[] = [];
    const mounts: RunMount[] = [];
    for (const flag of instruction.mounts) {
      const mount = resolveMount(flag, (word) => scope.expand(word), { workdir: state.workdir });
      const source = await this.#mountSource(mount, read, stage, inputs);
      mounts.push({ mount: named(mount, request), ...(source === undefined ? {} : { source }) });
    }
    const { command } = instruction;
    const args =
      command.form === 'exec'
        ? [...command.args]
        : command.form === 'shell'
          ? [...state.shell, command.script]
          : [`/dev/pipes/${command.name}`];
    const declared = declaredArgs(scope.declaredArgs());
    const shown = command.form === 'file' ? [command.content] : args;
    const run: RunDefinition = {
      args,
      env: scope.runEnvironment(),
      proxies: scope.proxies(),
      argNames: new Set(declared.map((entry) => entry.slice(0, entry.indexOf('=')))),
      cwd: state.workdir,
      user: state.config.User ?? '',
      network,
      security: instruction.security,
      hostname: request.buildArgs.BUILDKIT_SANDBOX_HOSTNAME || 'buildkitsandbox',
      mounts,
      ...(command.form === 'file' ? { script: { name: command.name, content: command.content } } : {}),
      hostNames: request.addHosts.map((entry) => entry.split(/[:=]/)[0]!).sort(),
      platform: state.platform,
      history: [...(declared.length > 0 ? [`|${declared.length}`, ...declared] : []), ...shown].join(' '),
      location,
    };
    return { op: runOp(run, this.#tools), inputs, text };
  }

  /** Where a bind or a new cache takes its files from. */
  async #mountSource(mount: Mount, read: Read, stage: Stage, inputs: Vertex[]): Promise<FileSource | undefined> {
    if (mount.type === 'cache' && mount.from === undefined) return undefined;
    if (mount.type !== 'bind' && mount.type !== 'cache') return undefined;
    const { contexts, stages, services } = this.#options;
    if (mount.from === undefined)
      return contextSource(await contexts.folder(undefined, mount.location), mount.location);
    const found = await read(stages.from(stage, mount.from, mount.location), mount.location);
    if (found.kind === 'folder')
      return contextSource(await contexts.folder(found.context, mount.location), mount.location);
    inputs.push(found.vertex);
    // inputs[0] of the vertex is what the step stands on.
    return resultSource(inputs.length, found.name, services.helper, mount.location);
  }
}

/** Cache mounts of one name are apart for those who set a namespace. */
function named(mount: Mount, request: BuildRequest): Mount {
  const namespace = request.buildArgs.BUILDKIT_CACHE_MOUNT_NS;
  return mount.type === 'cache' && namespace ? { ...mount, id: `${namespace}/${mount.id}` } : mount;
}

/** An ARG that is declared again keeps its place and has its last value. */
function declaredArgs(entries: readonly string[]): string[] {
  const byName = new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry]));
  return [...byName.values()];
}
