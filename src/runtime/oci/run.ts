import type { HelperRecord } from '../helper.ts';
import { runHooks } from '../hooks.ts';
import type { ContainerStatus } from '../spec.ts';
import type { OciContext } from './context.ts';
import { type CreateOptions, create, make, readBundle } from './create.ts';
import { remove, start } from './lifecycle.ts';
import { stateOf } from './stored.ts';

export interface RunOptions extends CreateOptions {
  detach: boolean;
  /** Leave the stopped container for a later `delete`. */
  keep: boolean;
}

/** What a foreground run hears of its terminal. */
export interface ForegroundTerminal {
  /** Absent when stdin is no terminal. */
  size(): { rows: number; columns: number } | undefined;
  onResize(listener: () => void): () => void;
  setRawMode(on: boolean): void;
  onSignal(listener: (signal: number) => void): () => void;
}

/** `run`: create, start, and, unless detached, wait and delete. Resolves with the exit status. */
export async function run(context: OciContext, options: RunOptions, terminal: ForegroundTerminal): Promise<number> {
  if (options.detach || options.consoleSocket) {
    await create(context, options);
    try {
      await start(context, options.id);
    } catch (error) {
      await remove(context, options.id, true).catch(() => {});
      throw error;
    }
    if (options.detach) return 0;
    return waitDetached(context, options);
  }
  const spec = await readBundle(options.id, options.bundle);
  const records: HelperRecord[] = [];
  const isTerminal = spec.process?.terminal ?? false;
  const size = terminal.size();
  if (isTerminal) {
    records.push(['stdio', 'pty']);
    if (size !== undefined) records.push(['console-size', size.rows, size.columns]);
  } else {
    records.push(['stdio', 'inherit']);
  }
  const made = await make(context, options, spec, 'run', records);
  const { process: running, stored } = made;
  const stops = [terminal.onSignal((signal) => running.kill(signal))];
  if (isTerminal && size !== undefined) {
    terminal.setRawMode(true);
    stops.push(() => terminal.setRawMode(false));
    stops.push(
      terminal.onResize(() => {
        const now = terminal.size();
        if (now !== undefined) running.resize(now.rows, now.columns);
      }),
    );
  }
  try {
    await running.started;
    await runHooks('poststart', spec.hooks?.poststart, stateOf(stored, 'running' satisfies ContainerStatus));
    return (await running.exit).exitCode;
  } finally {
    for (const stop of stops) stop();
    running.release();
    await made.helper.exited.catch(() => {});
    if (!options.keep) await remove(context, options.id, true);
  }
}

/** The terminal's holder has the streams; we only wait. The init is no child of ours, so its status cannot be known. */
async function waitDetached(context: OciContext, options: RunOptions): Promise<number> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const stored = await context.store.read(options.id);
  while ((await context.store.status(stored)) !== 'stopped') await sleep(50);
  if (!options.keep) await remove(context, options.id, true);
  return 0;
}
