import type { Dockerfile, StageInstruction } from './instruction.js';
export interface ParseOptions {
    /** Build arg BUILDKIT_SYNTAX: stands for the `# syntax=` line. */
    syntax?: string | undefined;
}
/** Reads a whole Dockerfile. `file` is the name shown in messages. Throws a DockerfileError that knows its place. */
export declare function parseDockerfile(text: string, file: string, options?: ParseOptions): Dockerfile;
/** Reads one ONBUILD trigger out of an image's config. `where` names the image in messages. */
export declare function parseTrigger(expression: string, where: string): StageInstruction;
