import { readFile } from 'node:fs/promises';

/** What /proc says of a process that is alive. */
export interface ProcessFacts {
  /** Clock ticks after boot; a reused pid has another. */
  startTime: string;
  /** R, S, D, T, Z, … */
  state: string;
}

/** Facts of a process, or undefined when there is none. */
export async function processFacts(pid: number): Promise<ProcessFacts | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  // The program's name is in parentheses and may hold anything, so fields are counted from the last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return state === undefined || startTime === undefined ? undefined : { state, startTime };
}

/** True when the very process is there and not just waiting to be reaped. */
export async function isAlive(pid: number, startTime: string): Promise<boolean> {
  const facts = await processFacts(pid);
  return facts !== undefined && facts.startTime === startTime && facts.state !== 'Z' && facts.state !== 'X';
}
