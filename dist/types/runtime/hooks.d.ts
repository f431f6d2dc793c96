import type { HelperRecord } from './helper.js';
import type { Hook, HookStage, Hooks, State } from './spec.js';
/** Runs hooks in our own namespaces, one after another, the state on stdin. The first that fails ends it. */
export declare function runHooks(stage: HookStage, hooks: readonly Hook[] | undefined, state: State): Promise<void>;
/** Runs all of them, whatever happens, and tells about failures: for `poststop`. */
export declare function runHooksLeniently(stage: HookStage, hooks: readonly Hook[] | undefined, state: State, warn: (message: string) => void): Promise<void>;
/** Hooks that the helper runs inside: the state in two halves, the pid between them is the helper's to fill in. */
export declare function hookRecords(hooks: Hooks | undefined, state: State): HelperRecord[];
/** True when hooks run outside while the helper waits. */
export declare function hasOuterHooks(hooks: Hooks | undefined): boolean;
