import { createInterface } from 'node:readline';
import type { CommandContext } from './command.ts';

/** Asks on the terminal; anything but `y` or `yes`, and the end of the input, mean no. */
export async function confirm(
  question: string,
  { io, signal }: Pick<CommandContext, 'io' | 'signal'>,
): Promise<boolean> {
  io.stdout.write(`${question}\nAre you sure you want to continue? [y/N] `);
  const lines = createInterface({ input: io.stdin });
  const stop = () => lines.close();
  signal.addEventListener('abort', stop);
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    io.stdout.write('\n');
    return false;
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
  }
}
