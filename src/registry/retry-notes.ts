import type { Progress } from '../progress.ts';

/** What a user reads when something is tried again. */
export function retrying(reason: string, delayMs: number): string {
  return `${reason}: trying again in ${(delayMs / 1000).toFixed(1)} s`;
}

/** Retries outside of any task become one warning each. */
export function noteRetries(
  progress: Progress | undefined,
  name: string,
): ((reason: string, delayMs: number) => void) | undefined {
  return progress === undefined ? undefined : (reason, delay) => progress.warn(`${name}: ${retrying(reason, delay)}`);
}
