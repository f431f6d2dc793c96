import { type Platform } from '../oci/platform.js';
import type { ArgInstruction, Dockerfile, EnvInstruction, Heredoc, KeyValue, Word } from './instruction.js';
export interface GlobalScopeOptions {
    buildArgs: Readonly<Record<string, string>>;
    /** Where the build runs. */
    build: Platform;
    /** What is built for. */
    target: Platform;
    /** `default` when no target was named. */
    targetStage?: string;
}
/** What FROM lines see: ARGs before the first FROM and the automatic platform args. */
export declare class GlobalScope {
    #private;
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly escape: '\\' | '`';
    constructor(dockerfile: Pick<Dockerfile, 'globalArgs' | 'directives'>, options: GlobalScopeOptions);
    get(name: string): string | undefined;
    /** Names that FROM lines can use, for "did you mean". */
    names(): string[];
    /** Expands a word of a FROM line. */
    expand(word: Word): string;
}
/**
 * ARG and ENV of one stage while its instructions are read in order. Whatever came last wins, so an ARG after an ENV
 * of the same name hides it for what follows, though the image keeps the ENV: BuildKit's rule, not its manual's.
 */
export declare class StageScope {
    #private;
    /** `from`: the base image's `Env`, or the stage that this one builds on, whose state is copied. */
    constructor(global: GlobalScope, from: readonly string[] | StageScope);
    get escape(): '\\' | '`';
    get(name: string): string | undefined;
    arg(instruction: ArgInstruction): void;
    /** Applies an ENV; gives the pairs that go into the image config. */
    env(instruction: EnvInstruction): [name: string, value: string][];
    /** Expands names and values of ENV or LABEL. All see the environment as it was before the instruction. */
    pairs(pairs: readonly KeyValue[]): [name: string, value: string][];
    expand(word: Word): string;
    /** Expands and then splits at blanks: EXPOSE. */
    expandWords(word: Word): string[];
    /** Body of a COPY or ADD heredoc: variables, but quotes are ordinary characters. */
    expandHeredoc(heredoc: Heredoc): string;
    /** An instruction as one reads it in progress: variables filled in where they are known. Never throws. */
    display(text: string): string;
    /** `K=V` for RUN: ENV and declared ARGs, without the proxies. */
    runEnvironment(): string[];
    /** `K=V` of ARGs that this stage declared, in order: the `|N` part of a RUN's history. */
    declaredArgs(): string[];
    /** `K=V` of proxies given as build args: for the RUN's environment, not for its key. */
    proxies(): string[];
}
/** Build args that something reads though no ARG declares them. */
export declare function isPredefinedArg(name: string): boolean;
