import { checkSyntax, parseDirectives } from './directives.ts';
import { DockerfileError, parseError } from './error.ts';
import type { ArgInstruction, Dockerfile, FromInstruction, Stage, StageInstruction, Warning } from './instruction.ts';
import { statements } from './lines.ts';
import { parseInstruction } from './parse-instruction.ts';
import { Source } from './source.ts';

export interface ParseOptions {
  /** Build arg BUILDKIT_SYNTAX: stands for the `# syntax=` line. */
  syntax?: string | undefined;
}

/** Reads a whole Dockerfile. `file` is the name shown in messages. Throws a DockerfileError that knows its place. */
export function parseDockerfile(text: string, file: string, options: ParseOptions = {}): Dockerfile {
  const source = new Source(file, text.startsWith('\uFEFF') ? text.slice(1) : text);
  if (source.text.trim() === '') {
    throw new DockerfileError('empty-dockerfile', `the Dockerfile (${file}) cannot be empty`, {
      hint: 'a Dockerfile begins with FROM IMAGE',
      location: { file, line: 1, text: source.text },
    });
  }
  const { directives, lines } = parseDirectives(source, options.syntax === undefined);
  if (options.syntax !== undefined)
    checkSyntax({ text: options.syntax, location: { file: 'BUILDKIT_SYNTAX', line: 1 } });
  const warnings: Warning[] = [];
  const globalArgs: ArgInstruction[] = [];
  const stages: { from: FromInstruction; instructions: StageInstruction[] }[] = [];
  let empty = true;
  for (const statement of statements(source, directives.escape, warnings, lines)) {
    empty = false;
    const instruction = parseInstruction(statement, directives.escape, warnings);
    const stage = stages.at(-1);
    if (instruction.kind === 'from') stages.push({ from: instruction, instructions: [] });
    else if (stage) stage.instructions.push(instruction);
    else if (instruction.kind === 'arg') globalArgs.push(instruction);
    else {
      throw parseError('invalid-argument', instruction.location, 'no build stage in current context', {
        hint: 'only ARG may stand before the first FROM',
      });
    }
  }
  if (stages.length === 0) {
    throw new DockerfileError(
      'empty-dockerfile',
      empty ? `file with no instructions: ${file}` : `dockerfile contains no stages to build: ${file}`,
      {
        hint: 'a Dockerfile needs at least one FROM',
        location: { file, line: 1, text: source.text },
      },
    );
  }
  return { file, text: source.text, directives, globalArgs, stages: stages.map(toStage), warnings };
}

function toStage(stage: { from: FromInstruction; instructions: StageInstruction[] }, index: number): Stage {
  const { from, instructions } = stage;
  const last = (instructions.at(-1) ?? from).location;
  return {
    index,
    ...(from.name === undefined ? {} : { name: from.name }),
    from,
    instructions,
    location: { ...from.location, endLine: last.endLine!, endColumn: last.endColumn! },
  };
}

/** Reads one ONBUILD trigger out of an image's config. `where` names the image in messages. */
export function parseTrigger(expression: string, where: string): StageInstruction {
  const source = new Source(where, expression);
  const found = [...statements(source, '\\', [])];
  const [statement] = found;
  if (!statement || found.length > 1) {
    throw new DockerfileError(
      'invalid-argument',
      `expected one instruction as ONBUILD trigger of ${where}, found ${found.length}`,
      {
        location: { file: where, line: 1, text: expression },
      },
    );
  }
  const instruction = parseInstruction(statement, '\\', []);
  if (instruction.kind === 'from' || instruction.kind === 'maintainer' || instruction.kind === 'onbuild') {
    throw parseError(
      'invalid-argument',
      instruction.location,
      `${instruction.kind.toUpperCase()} isn't allowed as an ONBUILD trigger`,
    );
  }
  return instruction;
}
