import type { Environment } from '../door/environment.ts';
import type { Terminal } from './command.ts';
export async function runElsewhere(_o: {
  environment: Environment;
  overrides: { root?: string | undefined; run?: string | undefined };
  words: readonly string[];
  io: Terminal;
  debug: boolean;
  signal: AbortSignal;
}): Promise<number> {
  return 1;
}
