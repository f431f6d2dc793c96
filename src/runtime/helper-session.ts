import { availableParallelism } from 'node:os';
import { Helper, HelperError, type HelperProcess, type HelperRecord, type SpawnOptions } from './helper.ts';
import { Lane } from './lane.ts';

/** Modes that a session carries out; it starts a process of its own for every other one. */
const SERVED = new Set(['tree', 'diff']);
/** Each costs two sockets; what wants to run beside more than these gets a process of its own. */
const LANES = Math.min(3, Math.max(2, availableParallelism()));

/**
 * A helper that stays, for work that asks it often: a new process of a program of Node's size costs milliseconds in which
 * nothing else goes on. It starts when it is first needed. {@link close} ends it; it ends with this process in any case.
 */
export class HelperSession extends Helper {
  readonly #helper: Helper;
  #server: HelperProcess | undefined;
  #lanes: Lane[] = [];
  #isClosed = false;

  constructor(helper: Helper) {
    super(helper.binary);
    this.#helper = helper;
  }

  override spawn(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess {
    const lane = !this.#isClosed && isServed(mode, options) ? this.#freeLane() : undefined;
    if (lane === undefined) return this.#helper.spawn(mode, records, options);
    options.signal?.throwIfAborted();
    return lane.run(mode, records, options);
  }

  /** Ends the helper, and whatever it is still at. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const server = this.#server;
    if (server === undefined) return;
    server.release();
    for (const lane of this.#lanes.splice(0)) lane.close();
    await server.exited.catch(() => {});
  }

  #freeLane(): Lane | undefined {
    this.#server ??= this.#start();
    return this.#lanes.find((lane) => lane.isFree);
  }

  #start(): HelperProcess {
    const server = this.#helper.spawn('serve', [['lanes', 3, LANES]], {
      stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
      sockets: 2 * LANES,
      background: true,
    });
    // What it was at hears of its end; what comes next has a process of its own.
    const ended = server.exited.then(
      () => server.failure(),
      (error) => (error instanceof HelperError ? error : undefined),
    );
    const gone = (): typeof ended => {
      this.#lanes = [];
      return ended;
    };
    this.#lanes = Array.from({ length: LANES }, (_, i) => {
      const [reports, output] = server.sockets.slice(2 * i) as [Lane['reports'], Lane['output']];
      return new Lane(this.binary, reports, output, () => server.control(String(i)), gone);
    });
    return server;
  }
}

function isServed(mode: string, { stdio, extraFds, env, cwd }: SpawnOptions): boolean {
  return (
    SERVED.has(mode) &&
    stdio.stdin === 'null' &&
    (stdio.stdout === 'null' || stdio.stdout === 'pipe') &&
    stdio.stderr === 'inherit' &&
    extraFds === undefined &&
    env === undefined &&
    cwd === undefined
  );
}
