import type { FromInstruction, Stage, StageInstruction } from '../dockerfile/instruction.ts';
import { parseTrigger } from '../dockerfile/parse.ts';
import { StageScope } from '../dockerfile/scope.ts';
import { didYouMean, type SourceLocation } from '../errors.ts';
import { formatPlatform, type Platform, parsePlatform } from '../oci/platform.ts';
import { BuildError } from './error.ts';
import type { GraphOptions, LayerInstruction, ReadSource } from './graph-options.ts';
import { configChange } from './ops/config-change.ts';
import { SHARED } from './records.ts';
import type { SharedVertices } from './shared-vertices.ts';
import { StageBases } from './stage-bases.ts';
import { StageState, StepNames } from './stage-state.ts';
import type { Source } from './stages.ts';
import { stageLabel, triggersOf } from './stages.ts';
import type { Vertex } from './vertex.ts';

/**
 * Makes the vertices of a stage and of everything that it needs. A stage is begun when something asks for it, so what
 * nobody needs costs nothing; equal steps become one vertex, also across the platforms of one build.
 */
export class Graph {
  readonly #options: GraphOptions;
  readonly #shared: SharedVertices;
  readonly #bases: StageBases;
  readonly #stages = new Map<number, Promise<StageState>>();

  constructor(options: GraphOptions, shared: SharedVertices) {
    this.#options = options;
    this.#shared = shared;
    this.#bases = new StageBases(options, shared);
  }

  /** The state at the end of a stage. */
  async target(stage: Stage): Promise<StageState> {
    const { stages, global } = this.#options;
    // Metadata of all base images is fetched at once, not one after the other on the way.
    const needed = stages.needed(stage, (word) => global.expand(word));
    const [result] = await Promise.all([this.#stage(stage.index), ...needed.map((index) => this.#stage(index))]);
    return result!;
  }

  #stage(index: number): Promise<StageState> {
    const found = this.#stages.get(index) ?? this.#begin(this.#options.stages.dockerfile.stages[index]!);
    this.#stages.set(index, found);
    found.catch(() => {});
    return found;
  }

  async #begin(stage: Stage): Promise<StageState> {
    const { stages } = this.#options;
    if (stages.replaced(stage)) return this.#fromSource(stage, { kind: 'context', name: stage.name! }, []);
    const base = this.#expandBase(stage.from, stage);
    const source = stages.base(stage, base);
    const state = await this.#fromSource(stage, source, stage.instructions);
    return state;
  }

  #expandBase(from: FromInstruction, stage: Stage): string {
    const { global } = this.#options;
    const name = global.expand(from.base);
    if (name !== '') return name;
    throw new BuildError('base-not-found', `base name (${from.base.text}) should not be blank`, {
      location: from.base.location,
      hint: `give the ARG before the first FROM a default, or --build-arg${didYouMean(stage.from.base.text.replace(/\W/g, ''), global.names())}`,
    });
  }

  async #fromSource(stage: Stage, source: Source, instructions: readonly StageInstruction[]): Promise<StageState> {
    const { global, stages } = this.#options;
    if (source.kind === 'stage') {
      const parent = await this.#stage(source.index);
      const triggers = triggersOf(stages.dockerfile.stages[source.index]!);
      const { OnBuild: _, ...config } = parent.config;
      const state = new StageState({
        label: stageLabel(stage),
        platform: parent.platform,
        scope: new StageScope(global, parent.scope),
        config,
        tip: parent.tip(),
        baseHistory: parent.baseHistory,
      });
      if (parent.config.OnBuild !== undefined)
        state.change({ apply: ({ OnBuild: __, ...rest }) => rest, signature: 'no triggers' });
      return this.#dispatch(stage, state, triggers, instructions, 0);
    }
    const platform = this.#platformOf(stage.from);
    const root = await this.#bases.root(stage, source, platform);
    const expressions = root.config.config?.OnBuild ?? [];
    const triggers = expressions.map((expression, i) => parseTrigger(expression, `ONBUILD ${i + 1} of ${root.title}`));
    const { OnBuild: _, ...config } = root.config.config ?? {};
    const state = new StageState({
      label: stageLabel(stage),
      platform,
      scope: new StageScope(global, config.Env ?? []),
      config: { ...config, WorkingDir: config.WorkingDir || '/' },
      tip: root.vertex,
      baseHistory: root.config.history?.length ?? 0,
    });
    const names = this.#names(stage, state, triggers, instructions, root.shown ? 1 : 0);
    if (root.shown) this.#announce(names.next(`FROM ${root.title}`), stage, root.fetched);
    return this.#run(stage, state, triggers, instructions, names);
  }

  #platformOf(from: FromInstruction): Platform {
    const { global, target } = this.#options;
    if (from.platform === undefined) return target;
    const text = global.expand(from.platform);
    if (text === '')
      throw new BuildError('bad-option', `FROM --platform=${from.platform.text}: it is empty after expansion`, {
        location: from.platform.location,
      });
    try {
      return parsePlatform(text);
    } catch (error) {
      throw new BuildError('bad-option', `FROM --platform: ${error instanceof Error ? error.message : error}`, {
        cause: error,
        location: from.platform.location,
      });
    }
  }

  #announce(name: string, stage: Stage, cached: boolean): void {
    this.#options.progress.start({ name, group: stageLabel(stage) }).done({ cached });
  }

  #names(
    stage: Stage,
    state: StageState,
    triggers: readonly StageInstruction[],
    instructions: readonly StageInstruction[],
    before: number,
  ): StepNames {
    const { stages, showPlatform, target } = this.#options;
    const total = before + [...triggers, ...instructions].filter(isLayerInstruction).length;
    const label = stage.name ?? (stages.dockerfile.stages.length > 1 ? stageLabel(stage) : '');
    return new StepNames(label, total, showPlatform ? { platform: state.platform, target } : undefined);
  }

  #dispatch(
    stage: Stage,
    state: StageState,
    triggers: readonly StageInstruction[],
    instructions: readonly StageInstruction[],
    before: number,
  ): Promise<StageState> {
    return this.#run(stage, state, triggers, instructions, this.#names(stage, state, triggers, instructions, before));
  }

  async #run(
    stage: Stage,
    state: StageState,
    triggers: readonly StageInstruction[],
    instructions: readonly StageInstruction[],
    names: StepNames,
  ): Promise<StageState> {
    const noCache = this.#options.noCache(stage);
    const places = new Map<string, number>();
    for (const [i, instruction] of [...triggers, ...instructions].entries()) {
      if (!isLayerInstruction(instruction)) {
        state.change(configChange(instruction, state));
        continue;
      }
      const place = (places.get(instruction.kind) ?? 0) + 1;
      places.set(instruction.kind, place);
      const step = await this.#options.step(
        instruction,
        state,
        (source, location) => this.#read(stage, source, state.platform, location),
        stage,
      );
      if (step === undefined) continue;
      const inputs = [state.tip(), ...step.inputs];
      const vertex: Vertex = {
        inputs,
        op: step.op,
        platform: state.platform,
        name: names.next(step.text, i < triggers.length),
        group: state.label,
        location: instruction.location,
        noCache,
        identities: identities(this.#options, state, instruction, place),
      };
      const merged = this.#shared.intern(vertex, this.#shared.definition(step.op, inputs, noCache));
      state.advance(merged, step.workdir === undefined ? state.config : { ...state.config, WorkingDir: step.workdir });
    }
    return state;
  }

  /** What `--from=` and `from=` name, as something to read. */
  async #read(stage: Stage, source: Source, platform: Platform, location: SourceLocation): Promise<ReadSource> {
    switch (source.kind) {
      case 'stage': {
        const state = await this.#stage(source.index);
        return { kind: 'vertex', vertex: state.tip(), name: `stage ${state.label}` };
      }
      case 'scratch':
        return this.#bases.emptyToRead(platform);
      case 'image':
        return this.#bases.toRead(
          await this.#bases.image(source.name, stage, platform, location),
          platform,
          source.name,
        );
      case 'context': {
        const found = await this.#options.context(source.name, platform, location);
        return 'image' in found
          ? this.#bases.toRead(found.image, platform, source.name)
          : { kind: 'folder', context: source.name, name: `context ${source.name}` };
      }
    }
  }
}

function isLayerInstruction(instruction: StageInstruction): instruction is LayerInstruction {
  return (
    instruction.kind === 'run' ||
    instruction.kind === 'copy' ||
    instruction.kind === 'add' ||
    instruction.kind === 'workdir'
  );
}

/** By its text first: an instruction that moved is still the same; by its place when its text changed. */
function identities(
  { identity, sharedIdentity }: Pick<GraphOptions, 'identity' | 'sharedIdentity'>,
  state: StageState,
  instruction: StageInstruction,
  place: number,
): string[] {
  return [identity, ...(sharedIdentity === undefined ? [] : [`${SHARED}${sharedIdentity}`])].flatMap((build) => {
    const stage = `${build}\n${formatPlatform(state.platform)}\n${state.label}`;
    return [`${stage}\ntext ${instruction.original}`, `${stage}\nplace ${instruction.kind} ${place}`];
  });
}
