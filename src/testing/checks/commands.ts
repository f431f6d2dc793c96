import type { CommandCheck, Variable } from './checks.ts';
import { type Environment, expand, withVariables } from './environment.ts';
import { type Captured, type Findings, textProblems } from './verdict.ts';

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
export class NotStarted extends Error {}

/** Characters of each stream that a report keeps. */
const KEPT = 4000;

/** Runs setup, the command and teardown; only the command is judged, but a setup that fails is no ground to judge on. */
export async function checkCommand(
  check: CommandCheck,
  image: Environment,
  globals: readonly Variable[],
  open: OpenPlace,
): Promise<Findings> {
  const env = withVariables(image, [...globals, ...check.env]);
  const added = new Set([...globals, ...check.env].map(({ key }) => key));
  const place = await open([...added].map((key) => `${key}=${env.get(key)}`));
  const words = (given: readonly string[]): string[] => given.map((word) => expand(word, env));
  try {
    for (const step of check.setup) {
      const name = `setup ${step.join(' ')}`;
      const end = await runStep(place, words(step), name);
      if (typeof end === 'string') return { problems: [end] };
      const [problem] = endProblems(end, 0);
      if (problem !== undefined) return { problems: [`${name}: ${problem}`], details: outputOf(end) };
    }
    const command = words(check.command);
    const end = await runStep(place, command, command[0]!);
    if (typeof end === 'string') return { problems: [end] };
    // what teardown does is nobody's verdict: the place is thrown away
    for (const step of check.teardown) await runStep(place, words(step), 'teardown');
    return {
      problems: [
        ...endProblems(end, check.exitCode),
        ...textProblems('standard output', end.stdout, check.stdout),
        ...textProblems('standard error', end.stderr, check.stderr),
      ],
      details: outputOf(end),
    };
  } finally {
    await place.close();
  }
}

async function runStep(place: CommandPlace, words: readonly string[], name: string): Promise<CommandEnd | string> {
  try {
    return await place.run(words);
  } catch (error) {
    if (error instanceof NotStarted) return `${name} could not be started: ${error.message}`;
    throw error;
  }
}

function endProblems({ exitCode, timedOutAfter, oomKilled }: CommandEnd, expected: number): string[] {
  if (timedOutAfter !== undefined) return [`did not end within ${timedOutAfter} s`];
  if (exitCode === expected) return [];
  return [`expected exit code ${expected}, found ${exitCode}${oomKilled ? ': it ran out of memory' : ''}`];
}

function outputOf({ stdout, stderr }: CommandEnd): string {
  return Object.entries({ 'standard output': stdout, 'standard error': stderr })
    .filter(([, { text }]) => text.trim() !== '')
    .map(([name, { text }]) => `${name}:\n${text.length > KEPT ? `…${text.slice(-KEPT)}` : text.trimEnd()}`)
    .join('\n');
}
