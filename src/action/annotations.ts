import { isAbsolute, relative, resolve } from 'node:path';
import { ContainerizeError, causesOf, codeOf, messageOf, type SourceLocation } from '../errors.ts';
import type { NamedReport } from './reports.ts';
import { commandData, commandProperty } from './untrusted.ts';

/** A line of the repository and what is to be said about it. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  message: string;
  title?: string;
  file?: string;
  line?: number;
  endLine?: number;
  column?: number;
}

/** What GitHub keeps: of each level in a step, and of one message. */
const MOST_OF_A_LEVEL = 10;
const LONGEST = 4000;

/** Workflow commands within the platform's limits; `left` is how many found no room. */
export function annotationCommands(
  annotations: readonly Annotation[],
  workspace: string,
): { commands: string[]; left: number } {
  const commands: string[] = [];
  const seen = new Set<string>();
  const used = { error: 0, warning: 0, notice: 0 };
  let left = 0;
  for (const annotation of annotations) {
    const command = commandOf(annotation, workspace);
    if (seen.has(command)) continue;
    seen.add(command);
    if (used[annotation.level] >= MOST_OF_A_LEVEL) left++;
    else {
      used[annotation.level]++;
      commands.push(command);
    }
  }
  return { commands, left };
}

function commandOf(annotation: Annotation, workspace: string): string {
  const file = annotation.file === undefined ? undefined : fileInside(annotation.file, workspace);
  const place =
    file === undefined ? {} : { file, line: annotation.line, endLine: annotation.endLine, col: annotation.column };
  const properties = Object.entries({ title: annotation.title?.slice(0, 200), ...place })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${commandProperty(String(value))}`)
    .join(',');
  const message = annotation.message.length > LONGEST ? `${annotation.message.slice(0, LONGEST)}…` : annotation.message;
  return `::${annotation.level}${properties === '' ? '' : ` ${properties}`}::${commandData(message)}`;
}

/** The path as GitHub knows it; undefined outside of the repository. */
function fileInside(file: string, workspace: string): string | undefined {
  const path = relative(workspace, resolve(workspace, file));
  return path === '' || path.startsWith('..') || isAbsolute(path) ? undefined : path;
}

/** The annotation for an error that ends the step: where in the user's text, what, and what to do. */
export function annotationOf(error: unknown): Annotation {
  const chain = causesOf(error);
  const typed = chain.filter((e): e is ContainerizeError => e instanceof ContainerizeError);
  const location = typed.find((e) => e.location !== undefined)?.location;
  const hint = typed.find((e) => e.hint !== undefined)?.hint;
  return {
    level: 'error',
    title: 'containerize',
    message: hint === undefined ? messageOf(error) : `${messageOf(error)}\nhint: ${hint}`,
    ...placeOf(location),
  };
}

/** One for each image that failed, where several are at work; else for what ended the step. */
export function failureAnnotations(failure: unknown, reports: readonly NamedReport[]): Annotation[] {
  const images = reports.flatMap(({ name, report: { outcome, error } }) =>
    outcome === 'failed' && error !== undefined ? [{ name, error }] : [],
  );
  if (codeOf(failure) !== 'images-failed' || images.length < 2) return [annotationOf(failure)];
  return images.map(({ name, error: { message, hint, location } }) => ({
    level: 'error',
    title: `containerize: ${name}`,
    message: hint === undefined ? message : `${message}\nhint: ${hint}`,
    ...placeOf(location),
  }));
}

function placeOf(
  location: Omit<SourceLocation, 'text'> | undefined,
): Pick<Annotation, 'file' | 'line' | 'endLine' | 'column'> {
  if (location === undefined) return {};
  const { file, line, endLine, column } = location;
  return {
    file,
    line,
    ...(endLine === undefined ? {} : { endLine }),
    ...(column === undefined ? {} : { column }),
  };
}
