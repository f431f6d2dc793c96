import type { Gate } from '../../release/gates.js';
import type { CallOptions, RunOptions, RunResult } from '../api-types.js';
/** What a smoke run needs of the library. */
export interface SmokeEngine {
    pull(name: string, options: CallOptions): Promise<unknown>;
    run(image: string, command: readonly string[], options: RunOptions): Promise<RunResult>;
}
/** Runs a shell command in a fresh container of the target, without a network: the release goes on when it gives 0. */
export declare function smokeGate(containerize: SmokeEngine, command: string): Gate;
