import type { CommandCheck, Variable } from './checks.js';
import { type Environment } from './environment.js';
import { type Captured, type Findings } from './verdict.js';
/** How a program in a container ended. */
export interface CommandEnd {
    exitCode: number;
    /** Seconds, when it was killed because it did not end. */
    timedOutAfter?: number;
    oomKilled: boolean;
    stdout: Captured;
    stderr: Captured;
}
/** A fresh root file system of the image in which programs are run, one after the other, each alone. */
export interface CommandPlace {
    /** @throws NotStarted when there is no such program, or it cannot be run */
    run(words: readonly string[]): Promise<CommandEnd>;
    close(): Promise<void>;
}
/** Makes a place with these variables beside the image's. */
export type OpenPlace = (env: readonly string[]) => Promise<CommandPlace>;
/** The program is not in the image or cannot be run in it: this says something of the image. */
export declare class NotStarted extends Error {
}
/** Runs setup, the command and teardown; only the command is judged, but a setup that fails is no ground to judge on. */
export declare function checkCommand(check: CommandCheck, image: Environment, globals: readonly Variable[], open: OpenPlace): Promise<Findings>;
