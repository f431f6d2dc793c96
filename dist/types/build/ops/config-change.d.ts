import type { StageInstruction } from '../../dockerfile/instruction.js';
import type { StageScope } from '../../dockerfile/scope.js';
import type { RunConfig } from '../../oci/image-config.js';
import type { PureOp } from '../vertex.js';
/** The instructions that change nothing but the config. */
export type ConfigInstruction = Exclude<StageInstruction, {
    kind: 'run' | 'copy' | 'add' | 'workdir';
}>;
/** What such an instruction does: the new `config` object and its line of history, if it has one. */
export interface ConfigChange {
    /** Variables that it sets: apart, as thousands of ENV lines shall not copy thousands of variables each. */
    env?: readonly (readonly [name: string, value: string])[];
    apply(config: RunConfig): RunConfig;
    history?: string;
    /** What it does, where the history does not say it. */
    signature?: string;
    author?: string;
}
/** State of a stage that decides what an instruction means. */
export interface ConfigState {
    scope: StageScope;
    shell: readonly string[];
    /** CMD was given in this stage: an ENTRYPOINT after it leaves it alone. */
    commandSet: boolean;
}
/** Expands and checks one instruction; ARG and ENV take effect on the scope here. */
export declare function configChange(instruction: ConfigInstruction, state: ConfigState): ConfigChange;
/** One step for changes that follow each other. */
export declare function configOp(changes: readonly ConfigChange[]): PureOp;
/** The config after several changes. */
export declare function applyChanges(before: RunConfig, changes: readonly ConfigChange[]): RunConfig;
/** What the shell forms run with when no SHELL was given. */
export declare const DEFAULT_SHELL: readonly string[];
/** Later pairs take the place of earlier ones: of two entries with one name, readers disagree which counts. */
export declare function mergeEnvironment(env: readonly string[], pairs: Iterable<readonly [string, string]>): string[];
