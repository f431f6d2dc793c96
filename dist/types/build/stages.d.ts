import type { Dockerfile, Stage, StageInstruction, Word } from '../dockerfile/instruction.js';
import { type SourceLocation } from '../errors.js';
/** What a name after FROM, `--from=` or `from=` stands for. */
export type Source = {
    kind: 'scratch';
} | {
    kind: 'stage';
    index: number;
} | {
    kind: 'context';
    name: string;
} | {
    kind: 'image';
    name: string;
};
/** The stages of a Dockerfile by name and number, and the named contexts that stand before them. */
export declare class Stages {
    #private;
    readonly dockerfile: Dockerfile;
    constructor(dockerfile: Dockerfile, contexts?: Iterable<string>);
    /** The stage to build: by name or number, the last one by default. */
    target(name: string | undefined): Stage;
    names(): string[];
    /** True when a named context replaces this stage altogether. */
    replaced(stage: Stage): boolean;
    /** What a stage's FROM names; `name` is already expanded. Only earlier stages count, as a later one has not begun. */
    base(stage: Stage, name: string): Source;
    /** What `--from=` or a mount's `from=` names in an instruction of `stage`. */
    from(stage: Stage, name: string, location: SourceLocation): Source;
    /**
     * The stages that a target needs, itself included, in file order. `expandBase` expands the name after FROM. What the
     * triggers of pulled images add is not known yet; the graph finds it on the way.
     */
    needed(target: Stage, expandBase: (word: Word) => string): number[];
}
/** `build`, or `stage-1` for a stage without a name. */
export declare function stageLabel(stage: Stage): string;
/** What a child of this stage runs right after its FROM. */
export declare function triggersOf(stage: Stage): StageInstruction[];
