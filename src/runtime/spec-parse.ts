import { RuntimeError } from './error.ts';
import { parseJson } from './json.ts';
import { type Shape, withoutNulls } from './shape.ts';
import type { Process, Spec } from './spec.ts';
import type { Resources } from './spec-linux.ts';
import { processProblems, specProblems } from './spec-rules.ts';
import { processShape, resourcesShape, specShape } from './spec-shape.ts';

/** How many problems one error names; the rest is counted. */
const SHOWN = 8;

/** Reads a config.json from outside. `where` is the file's name for messages. Throws with everything that is wrong. */
export function parseSpec(json: string, where: string): Spec {
  return parse(json, where, specShape, (value) => specProblems(value as Spec)) as Spec;
}

/** Reads the process that `exec --process` names. */
export function parseProcess(json: string, where: string): Process {
  return parse(json, where, processShape, (value) => processProblems(value as Process, 'process')) as Process;
}

/** Reads limits for `update --resources`. */
export function parseResources(json: string, where: string): Resources {
  return parse(json, where, resourcesShape, () => []) as Resources;
}

function parse(json: string, where: string, shape: Shape, rules: (value: unknown) => string[]): unknown {
  let value: unknown;
  try {
    value = withoutNulls(parseJson(json));
  } catch (cause) {
    throw new RuntimeError('spec-invalid', `${where}: is not JSON: ${(cause as Error).message}`, { cause });
  }
  const problems: string[] = [];
  shape(value, '', problems);
  if (problems.length === 0) problems.push(...rules(value));
  if (problems.length === 0) return value;
  const shown = problems.slice(0, SHOWN).join('\n  ');
  const more = problems.length > SHOWN ? `\n  and ${problems.length - SHOWN} more` : '';
  throw new RuntimeError('spec-invalid', problems.length === 1 ? `${where}: ${shown}` : `${where}:\n  ${shown}${more}`);
}

const ID = /^[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/;
const ID_LENGTH = 1024;

/** Container IDs become folder names: no separators, not `.` or `..`. */
export function checkContainerId(id: string): string {
  if (ID.test(id) && id.length <= ID_LENGTH) return id;
  throw new RuntimeError('id-invalid', `invalid container ID "${id.slice(0, 80)}"`, {
    hint: 'letters, digits, "_", "+", "-" and, not in front, "." are allowed',
  });
}
