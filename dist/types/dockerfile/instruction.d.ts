import type { SourceLocation } from '../errors.js';
/**
 * What a Dockerfile says, as plain data: made once by `parse.ts`, never re-scanned. Words are kept as they were
 * written, quotes, escapes and variables included, each with its own place, so that an error found later, after
 * expansion, can still point at the very token.
 */
export interface Dockerfile {
    /** Name of the file as it is shown in messages. */
    file: string;
    /** The whole text, without the byte order mark. */
    text: string;
    directives: Directives;
    /** ARGs before the first FROM, in order. */
    globalArgs: readonly ArgInstruction[];
    stages: readonly Stage[];
    warnings: readonly Warning[];
}
/** Parser directives of the first lines: `# syntax=`, `# escape=`, `# check=`. */
export interface Directives {
    syntax?: Word;
    /** The line continuation and escape character. */
    escape: '\\' | '`';
    check?: Word;
}
export interface Warning {
    /** Name of the rule, as buildx prints it: `NoEmptyContinuation`, … */
    rule: string;
    message: string;
    location: SourceLocation;
}
/** A token as it was written: not expanded, quotes kept. */
export interface Word {
    text: string;
    location: SourceLocation;
}
/** One FROM and what follows it. */
export interface Stage {
    /** 0 for the first FROM. */
    index: number;
    /** Lower-cased name after AS. */
    name?: string;
    from: FromInstruction;
    /** Everything after the FROM. */
    instructions: readonly StageInstruction[];
    /** From the FROM to the last instruction. */
    location: SourceLocation;
}
export type Instruction = FromInstruction | StageInstruction;
/** What may stand after a FROM. */
export type StageInstruction = AddInstruction | ArgInstruction | CmdInstruction | CopyInstruction | EntrypointInstruction | EnvInstruction | ExposeInstruction | HealthcheckInstruction | LabelInstruction | MaintainerInstruction | OnbuildInstruction | RunInstruction | ShellInstruction | StopsignalInstruction | UserInstruction | VolumeInstruction | WorkdirInstruction;
interface Common {
    /** The whole instruction, heredocs included. */
    location: SourceLocation;
    /** The instruction on one line, continuations joined, comments and heredoc bodies left out, keyword upper-cased: for step names and history. */
    original: string;
    /** Text of the comment lines directly above, without `#`. */
    comments: readonly string[];
}
export interface FromInstruction extends Common {
    kind: 'from';
    /** Image reference, earlier stage, or `scratch`; may hold variables of the global scope. */
    base: Word;
    platform?: Word;
    /** Lower-cased. */
    name?: string;
}
export interface ArgInstruction extends Common {
    kind: 'arg';
    args: readonly {
        name: string /** Default value, unexpanded. */;
        value?: Word;
        location: SourceLocation;
    }[];
}
export interface EnvInstruction extends Common {
    kind: 'env';
    pairs: readonly KeyValue[];
}
export interface LabelInstruction extends Common {
    kind: 'label';
    pairs: readonly KeyValue[];
}
export interface KeyValue {
    key: Word;
    value: Word;
}
export interface MaintainerInstruction extends Common {
    kind: 'maintainer';
    author: string;
}
export interface RunInstruction extends Common {
    kind: 'run';
    command: RunCommand;
    /** Not expanded: `resolveMount` (run-mount.ts) gives typed mounts. */
    mounts: readonly MountFlag[];
    network: 'default' | 'none' | 'host';
    security: 'sandbox' | 'insecure';
}
/**
 * `exec`: run as is. `shell`: append `script` to the SHELL in force (heredocs that belong to it are already part of
 * it). `file`: one heredoc beginning with `#!`: mount read-only at `/dev/pipes/NAME`, mode 0755, and run that.
 */
export type RunCommand = {
    form: 'exec';
    args: readonly string[];
} | {
    form: 'shell';
    script: string;
    heredocs: readonly Heredoc[];
} | {
    form: 'file';
    name: string;
    content: string;
};
/** `--mount=type=…,key=value,…`: the fields, each with its place. `value` is absent for `ro`, `required`, … */
export interface MountFlag {
    fields: readonly {
        key: Word;
        value?: Word;
    }[];
    location: SourceLocation;
}
/** CMD, ENTRYPOINT, HEALTHCHECK CMD: `shell` gets the SHELL in force in front. Never expanded. */
export type CommandLine = {
    form: 'exec';
    args: readonly string[];
} | {
    form: 'shell';
    text: string;
};
export interface CmdInstruction extends Common {
    kind: 'cmd';
    command: CommandLine;
}
export interface EntrypointInstruction extends Common {
    kind: 'entrypoint';
    command: CommandLine;
}
interface Transfer extends Common {
    /** Paths, wildcards, URLs; expanded by the Dockerfile's environment, quotes removed then. */
    sources: readonly Word[];
    /** `<<NAME` sources. */
    heredocs: readonly Heredoc[];
    destination: Word;
    chown?: Word;
    chmod?: Word;
    link: boolean;
    exclude: readonly Word[];
}
export interface CopyInstruction extends Transfer {
    kind: 'copy';
    /** Stage name, stage number, named context or image. Never expanded. */
    from?: Word;
    parents: boolean;
}
export interface AddInstruction extends Transfer {
    kind: 'add';
    checksum?: Word;
    keepGitDir: boolean;
    /** Absent: local archives are unpacked, downloads are not. */
    unpack?: boolean;
}
/** `<<NAME`, `<<-NAME`, `<<"NAME"`. */
export interface Heredoc {
    name: string;
    /** Body with `<<-` tabs already removed; every line ends in a newline. */
    content: string;
    /** `<<-`. */
    chomp: boolean;
    /** False when any part of the name was quoted. Only COPY and ADD look at it. */
    expand: boolean;
    fileDescriptor: number;
    /** Of the body. */
    location: SourceLocation;
}
export interface WorkdirInstruction extends Common {
    kind: 'workdir';
    path: Word;
}
export interface UserInstruction extends Common {
    kind: 'user';
    user: Word;
}
export interface ExposeInstruction extends Common {
    kind: 'expose';
    /** `80`, `53/udp`, `8000-8010/tcp`; a variable may hold several. `parsePorts` (ports.ts) reads the expanded words. */
    ports: readonly Word[];
}
export interface VolumeInstruction extends Common {
    kind: 'volume';
    paths: readonly Word[];
}
export interface StopsignalInstruction extends Common {
    kind: 'stopsignal';
    signal: Word;
}
export interface HealthcheckInstruction extends Common {
    kind: 'healthcheck';
    /** Absent for `HEALTHCHECK NONE`. */
    command?: CommandLine;
    /** Nanoseconds, as in the image config; 0 and absent mean inherit. */
    interval?: number;
    timeout?: number;
    startPeriod?: number;
    startInterval?: number;
    retries?: number;
}
export interface ShellInstruction extends Common {
    kind: 'shell';
    shell: readonly string[];
}
export interface OnbuildInstruction extends Common {
    kind: 'onbuild';
    /** What goes into the image config, heredocs included. */
    expression: string;
    /** What a `FROM` of this stage in the same file runs. Triggers of a pulled image: `parseTrigger` (parse.ts). */
    trigger: StageInstruction;
}
export {};
