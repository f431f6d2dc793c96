import type { Gate } from '../../release/gates.ts';
import type { CallOptions, RunOptions, RunResult } from '../api-types.ts';

/** What a smoke run needs of the library. */
export interface SmokeEngine {
  pull(name: string, options: CallOptions): Promise<unknown>;
  run(image: string, command: readonly string[], options: RunOptions): Promise<RunResult>;
}

/** How long the command may take. */
const SMOKE_MS = 120_000;
/** Bytes of its output that the message keeps. */
const TAIL = 2000;

/** Runs a shell command in a fresh container of the target, without a network: the release goes on when it gives 0. */
export function smokeGate(containerize: SmokeEngine, command: string): Gate {
  return {
    name: 'smoke run',
    async ask({ reference, signal }) {
      const limit = AbortSignal.timeout(SMOKE_MS);
      const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      await containerize.pull(reference, { signal: stop });
      const { exitCode, stdout, stderr, oomKilled } = await containerize.run(reference, ['/bin/sh', '-c', command], {
        entrypoint: [],
        signal: stop,
      });
      signal?.throwIfAborted();
      const said = `${stdout}${stderr}`.trim().slice(-TAIL);
      const why = limit.aborted
        ? `did not end within ${SMOKE_MS / 1000} s`
        : oomKilled
          ? 'ran out of memory'
          : `ended with ${exitCode}`;
      return exitCode === 0 && !limit.aborted
        ? { passed: true, message: `"${command}" succeeded` }
        : { passed: false, message: `"${command}" ${why}${said === '' ? '' : `:\n${said}`}` };
    },
  };
}
