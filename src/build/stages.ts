import type { Dockerfile, Stage, StageInstruction, Word } from '../dockerfile/instruction.ts';
import { didYouMean, type SourceLocation } from '../errors.ts';
import { BuildError } from './error.ts';

/** What a name after FROM, `--from=` or `from=` stands for. */
export type Source =
  | { kind: 'scratch' }
  | { kind: 'stage'; index: number }
  | { kind: 'context'; name: string }
  | { kind: 'image'; name: string };

/** The stages of a Dockerfile by name and number, and the named contexts that stand before them. */
export class Stages {
  readonly dockerfile: Dockerfile;
  readonly #contexts: ReadonlySet<string>;

  constructor(dockerfile: Dockerfile, contexts: Iterable<string> = []) {
    this.dockerfile = dockerfile;
    this.#contexts = new Set(contexts);
  }

  /** The stage to build: by name or number, the last one by default. */
  target(name: string | undefined): Stage {
    const { stages } = this.dockerfile;
    if (name === undefined || name === '') return stages.at(-1)!;
    const found = this.#named(name, stages.length) ?? this.#numbered(name);
    if (found !== undefined) return found;
    throw new BuildError(
      'unknown-target',
      `target stage "${name}" could not be found${didYouMean(name, this.names())}`,
      {
        hint:
          this.names().length > 0
            ? `stages of ${this.dockerfile.file}: ${this.names().join(', ')}`
            : 'no stage has a name',
      },
    );
  }

  names(): string[] {
    return this.dockerfile.stages.flatMap((stage) => (stage.name === undefined ? [] : [stage.name]));
  }

  /** True when a named context replaces this stage altogether. */
  replaced(stage: Stage): boolean {
    return stage.name !== undefined && this.#contexts.has(stage.name);
  }

  /** What a stage's FROM names; `name` is already expanded. Only earlier stages count, as a later one has not begun. */
  base(stage: Stage, name: string): Source {
    if (this.#contexts.has(name)) return { kind: 'context', name };
    if (name === 'scratch') return { kind: 'scratch' };
    const found = this.#named(name, stage.index);
    return found === undefined ? { kind: 'image', name } : { kind: 'stage', index: found.index };
  }

  /** What `--from=` or a mount's `from=` names in an instruction of `stage`. */
  from(stage: Stage, name: string, location: SourceLocation): Source {
    if (this.#contexts.has(name)) return { kind: 'context', name };
    if (name === 'scratch') return { kind: 'scratch' };
    const found =
      this.#named(name, stage.index) ?? this.#numbered(name) ?? this.#named(name, this.dockerfile.stages.length);
    if (found === undefined) {
      if (/^\d+$/.test(name))
        throw new BuildError(
          'unknown-stage',
          `there is no stage number ${name}: this file has ${this.dockerfile.stages.length}, counted from 0`,
          { location },
        );
      return { kind: 'image', name };
    }
    if (found.index < stage.index) return { kind: 'stage', index: found.index };
    const what =
      found.index === stage.index
        ? 'a stage cannot read from itself'
        : `it needs to be defined before the current stage ${JSON.stringify(stageLabel(stage))}`;
    throw new BuildError(
      found.index === stage.index ? 'cycle' : 'stage-order',
      `cannot copy from stage ${JSON.stringify(name)}: ${what}`,
      { location },
    );
  }

  /**
   * The stages that a target needs, itself included, in file order. `expandBase` expands the name after FROM. What the
   * triggers of pulled images add is not known yet; the graph finds it on the way.
   */
  needed(target: Stage, expandBase: (word: Word) => string): number[] {
    const needed = new Set<number>();
    const open = [target];
    for (let stage = open.pop(); stage !== undefined; stage = open.pop()) {
      if (needed.has(stage.index)) continue;
      needed.add(stage.index);
      if (this.replaced(stage)) continue;
      const base = this.base(stage, expandBase(stage.from.base));
      const sources = [base, ...this.#reads(stage, stage.instructions)];
      if (base.kind === 'stage') sources.push(...this.#reads(stage, triggersOf(this.dockerfile.stages[base.index]!)));
      for (const source of sources) if (source.kind === 'stage') open.push(this.dockerfile.stages[source.index]!);
    }
    return [...needed].sort((a, b) => a - b);
  }

  #reads(stage: Stage, instructions: readonly StageInstruction[]): Source[] {
    return instructions.flatMap((instruction) =>
      fromWords(instruction).map((word) => this.from(stage, word.text, word.location)),
    );
  }

  #named(name: string, before: number): Stage | undefined {
    const wanted = name.toLowerCase();
    // The nearest one above wins when a name is used twice.
    return this.dockerfile.stages.findLast((stage) => stage.index < before && stage.name === wanted);
  }

  #numbered(name: string): Stage | undefined {
    return /^\d+$/.test(name) ? this.dockerfile.stages[Number(name)] : undefined;
  }
}

/** `build`, or `stage-1` for a stage without a name. */
export function stageLabel(stage: Stage): string {
  return stage.name ?? `stage-${stage.index}`;
}

/** What a child of this stage runs right after its FROM. */
export function triggersOf(stage: Stage): StageInstruction[] {
  return stage.instructions.flatMap((instruction) => (instruction.kind === 'onbuild' ? [instruction.trigger] : []));
}

/** The words in an instruction that name where it reads from. */
function fromWords(instruction: StageInstruction): Word[] {
  if (instruction.kind === 'copy') return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind !== 'run') return [];
  return instruction.mounts.flatMap((mount) =>
    mount.fields.flatMap(({ key, value }) => (key.text.toLowerCase() === 'from' && value !== undefined ? [value] : [])),
  );
}
