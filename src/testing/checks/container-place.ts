import { Writable } from 'node:stream';
import { ContainerError } from '../../container/container-error.ts';
import type { Containers } from '../../container/containers.ts';
import type { ContainerBase } from '../../container/create.ts';
import type { ContainerOptions } from '../../container/options.ts';
import { messageOf } from '../../errors.ts';
import { RuntimeError } from '../../runtime/error.ts';
import { type CommandEnd, type CommandPlace, NotStarted, type OpenPlace } from './commands.ts';
import type { Captured } from './verdict.ts';

/** Bytes of a stream that are kept. */
const KEPT = 4 * 1024 * 1024;

export interface PlaceOptions {
  /** All but what is run and its variables. */
  container: Omit<ContainerOptions, 'command' | 'entrypoint' | 'autoRemove'>;
  /** Seconds for each program. */
  timeout: number;
  signal: AbortSignal;
}

/** Places for command checks: a container each, started again for every program, gone when it is closed. */
export function containerPlaces(containers: Containers, base: ContainerBase, options: PlaceOptions): OpenPlace {
  return async (env): Promise<CommandPlace> => {
    const { signal, container: common } = options;
    signal.throwIfAborted();
    const container = await containers.create(base, {
      ...common,
      entrypoint: [],
      command: ['/'],
      env: [...env, ...(common.env ?? [])],
      autoRemove: true,
    });
    let alive = false;
    return {
      run: async (words) => {
        signal.throwIfAborted();
        container.record = { ...container.record, args: [...words] };
        const [stdout, stderr] = [new Keeper(), new Keeper()];
        const tty = common.tty ?? false;
        alive = true;
        const end = await startable(async () => {
          const running = await container.startForeground({
            stdin: 'null',
            stdout,
            stderr: tty ? 'null' : stderr,
            ...(tty ? { terminal: { rows: 24, columns: 80 } } : {}),
          });
          return ended(running, options);
        });
        alive = false;
        signal.throwIfAborted();
        return { ...end, stdout: stdout.captured(), stderr: stderr.captured() };
      },
      close: () => (alive ? container.remove({ force: true, volumes: true }) : container.removeEnded()),
    };
  };
}

/** Waits for the end, or kills it: first process and with it all others of its pid namespace. */
async function ended(
  running: Awaited<ReturnType<Awaited<ReturnType<Containers['create']>>['startForeground']>>,
  { timeout, signal }: PlaceOptions,
): Promise<Omit<CommandEnd, 'stdout' | 'stderr'>> {
  let timedOut = false;
  const kill = (): void => running.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeout * 1000);
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    await running.started;
    const { exitCode, oomKilled } = await running.exit;
    await running.finished;
    return { exitCode, oomKilled, ...(timedOut ? { timedOutAfter: timeout } : {}) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

/** Tells what is the image's fault from what is this machine's. */
async function startable<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const ofProgram = error instanceof RuntimeError && ['command-not-found', 'not-executable'].includes(error.code);
    const ofUser = error instanceof ContainerError && error.code === 'no-such-user';
    if (ofProgram || ofUser) throw new NotStarted(messageOf(error), { cause: error });
    throw error;
  }
}

/** Keeps the beginning of what is written to it. */
class Keeper extends Writable {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #whole = true;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const room = KEPT - this.#size;
    if (chunk.length > room) this.#whole = false;
    if (room > 0) {
      const kept = chunk.subarray(0, room);
      this.#chunks.push(kept);
      this.#size += kept.length;
    }
    done();
  }

  captured(): Captured {
    return { text: Buffer.concat(this.#chunks).toString('utf8'), whole: this.#whole };
  }
}
