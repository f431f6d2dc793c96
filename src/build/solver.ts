import { join } from 'node:path';
import type { Slots } from '../content/slots.ts';
import { ContainerizeError, messageOf } from '../errors.ts';
import { acquireLock } from '../locks.ts';
import { digestHex } from '../oci/digest.ts';
import type { Progress, Task } from '../progress.ts';
import { BuildError, cancelled } from './error.ts';
import { ended, executingIn } from './executing.ts';
import { explainMiss } from './explain.ts';
import { inOrder } from './order.ts';
import type { Recorded, Records } from './records.ts';
import { stepResult } from './result.ts';
import { ExecutingStep, type Workshop } from './step.ts';
import type { Op, PureOp, StepKey, StepResult, Vertex } from './vertex.ts';

/**
 * Gets results for vertices. Each waits for its inputs, then is looked up under its definition key, then under its
 * content key, and is executed when both miss. Whatever is ready runs at once: look-ups without bound, executions as
 * many as there are slots. The first failure stops everything, and `solve` comes back only when all has ended and
 * cleaned up after itself.
 */
export interface SolverOptions {
  workshop: Workshop;
  records: Records;
  /** Bounds executions; shared by everything that builds in this process. */
  slots: Slots;
  progress: Progress;
  signal: AbortSignal;
  /** Folder of the locks that keep two processes from executing one step twice; none in tests. */
  lockFolder?: string;
  /** Say for each miss what changed. */
  explain?: boolean;
}

export class Solver {
  readonly #options: SolverOptions;
  readonly #results = new Map<Vertex, Promise<StepResult>>();
  /** Who stands on a vertex, or reads it. */
  readonly #readers = new Map<Vertex, Vertex[]>();
  readonly #abort = new AbortController();
  readonly #executing: Map<string, Promise<Recorded>>;
  #failure: unknown;

  constructor(options: SolverOptions) {
    this.#options = options;
    this.#executing = executingIn(options.lockFolder ?? '');
  }

  /** Results of the vertices, in order. */
  async solve(targets: readonly Vertex[]): Promise<StepResult[]> {
    const { signal } = this.#options;
    const stop = () => this.#abort.abort(cancelled(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      // Inputs come first, so every vertex finds its inputs' promises there: no recursion, however long the chain.
      for (const vertex of inOrder(targets)) {
        if (this.#results.has(vertex)) continue;
        for (const input of vertex.inputs) append(this.#readers, input, vertex);
        const result = this.#result(
          vertex,
          vertex.inputs.map((input) => this.#results.get(input)!),
        );
        result.catch((error: unknown) => this.#fail(error));
        this.#results.set(vertex, result);
      }
      await Promise.allSettled(this.#results.values());
      if (this.#failure !== undefined) throw this.#failure;
      return await Promise.all(targets.map((vertex) => this.#results.get(vertex)!));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#abort.abort(new BuildError('cancelled', 'another step failed', { cause: error }));
  }

  async #result(vertex: Vertex, waiting: readonly Promise<StepResult>[]): Promise<StepResult> {
    const inputs = await Promise.all(waiting);
    this.#check();
    const { op } = vertex;
    if (isPure(op)) return op.result(inputs);
    const task = this.#options.progress.start({
      name: vertex.name,
      ...(vertex.group === undefined ? {} : { group: vertex.group }),
    });
    try {
      const { recorded, cached } = await this.#cacheable(vertex, op, inputs, task);
      task.done({ cached });
      return outcome(op, inputs, recorded);
    } catch (error) {
      // After the first failure the others only end because of it.
      const located = this.#abort.signal.aborted ? this.#abort.signal.reason : locate(error, vertex);
      task.fail(located);
      throw located;
    }
  }

  async #cacheable(
    vertex: Vertex,
    op: Op,
    inputs: readonly StepResult[],
    task: Task,
  ): Promise<{ recorded: Recorded; cached: boolean }> {
    const { records, workshop } = this.#options;
    const definition = op.definitionKey(inputs.map((input) => input.key));
    const known = definition && !vertex.noCache && (await records.get(definition.key));
    if (known) return { recorded: known, cached: true };
    const step = new ExecutingStep(workshop, vertex, inputs, task, this.#abort.signal);
    try {
      const content = await op.contentKey(inputs, step);
      this.#check();
      const equal = content && !vertex.noCache && (await records.get(content.key));
      if (equal) {
        if (definition) await records.put([definition.key], equal, vertex.platform);
        return { recorded: equal, cached: true };
      }
      const keys = [content, definition].filter((key) => key !== undefined);
      return await this.#once(vertex, op, keys, step, task);
    } finally {
      await step.close();
    }
  }

  /** Executes a step unless the same one is being executed: in this process, or in another one with the same state. */
  async #once(
    vertex: Vertex,
    op: Op,
    keys: readonly StepKey[],
    step: ExecutingStep,
    task: Task,
  ): Promise<{ recorded: Recorded; cached: boolean }> {
    const { records, lockFolder } = this.#options;
    const key = keys[0]?.key;
    if (key === undefined) return { recorded: await this.#execute(vertex, op, keys, step, task), cached: false };
    for (let running = this.#executing.get(key); running !== undefined; running = this.#executing.get(key)) {
      task.note('waiting for the same step, which is being executed');
      const recorded = await ended(running, this.#abort.signal);
      this.#check();
      // A failure may be the other build's own (it was cancelled): then it is our turn.
      if (recorded !== undefined) return { recorded, cached: true };
    }
    const execution = (async () => {
      // One step at a time among all processes with this state: who comes second finds the record of the first.
      const lock =
        lockFolder &&
        (await acquireLock(join(lockFolder, digestHex(key).slice(0, 32)), {
          mode: 'exclusive',
          ephemeral: true,
          signal: this.#abort.signal,
          onWait: ({ pid }) => task.note(`waiting for the same step in process ${pid}`),
        }));
      try {
        // Another process may have finished it while we waited.
        const known = vertex.noCache || !lock ? undefined : await records.get(key);
        return known
          ? { recorded: known, cached: true }
          : { recorded: await this.#execute(vertex, op, keys, step, task), cached: false };
      } finally {
        if (lock) await lock.release();
      }
    })();
    const recorded = execution.then((e) => e.recorded);
    recorded.catch(() => {});
    this.#executing.set(key, recorded);
    try {
      return await execution;
    } finally {
      this.#executing.delete(key);
    }
  }

  async #execute(vertex: Vertex, op: Op, keys: readonly StepKey[], step: ExecutingStep, task: Task): Promise<Recorded> {
    const { records, slots, explain } = this.#options;
    const { identities = [] } = vertex;
    if (explain) {
      if (vertex.noCache) task.note('not cached: --no-cache');
      else
        for (const line of explainMiss(await records.lastInputs(identities), inputsOf(keys), standsOn(vertex)))
          task.note(line);
    }
    const recorded = await slots.run(async () => {
      this.#check();
      // By then this step mostly waits for the helper.
      setImmediate(() => this.#expectAfter(vertex));
      const layer = await op.execute(step);
      this.#check();
      return { layer, created: now() };
    });
    await records.put(
      keys.map(({ key }) => key),
      recorded,
      vertex.platform,
    );
    if (identities.length > 0) await records.putInputs(identities, inputsOf(keys), recorded.created, vertex.platform);
    return recorded;
  }

  /** What comes after a step that missed will most likely miss as well. */
  #expectAfter(vertex: Vertex): void {
    if (this.#abort.signal.aborted) return;
    const waiting = [...(this.#readers.get(vertex) ?? [])];
    const hopes = [this.#options.workshop.expect?.()];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (isPure(next.op)) waiting.push(...(this.#readers.get(next) ?? []));
      else hopes.push(next.op.expect?.());
    }
    // What cannot be made ready says so when it is needed.
    for (const hope of hopes) hope?.catch(() => {});
  }

  #check(): void {
    if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
  }
}

function outcome(op: Op, inputs: readonly StepResult[], { layer, created }: Recorded): StepResult {
  const below = inputs[0]!;
  return stepResult(below, layer, op.configure(below.config, { layered: layer !== undefined, created }));
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function isPure(op: Op | PureOp): op is PureOp {
  return 'pure' in op;
}

/** What a changed base means to the reader. */
function standsOn(vertex: Vertex): string {
  let below = vertex.inputs[0];
  while (below?.op.kind === 'CONFIG') below = below.inputs[0];
  if (below === undefined) return 'what it stands on';
  return below.op.kind === 'FROM' ? `the base image (${below.name})` : `the result of ${below.name}`;
}

function inputsOf(keys: readonly StepKey[]): Record<string, string> {
  return Object.assign({}, ...keys.toReversed().map((key) => key.inputs()));
}

/** Every failure points at its instruction; one that knows a better place keeps it. */
function locate(error: unknown, vertex: Vertex): unknown {
  if (vertex.location === undefined || (error instanceof ContainerizeError && error.location !== undefined))
    return error;
  if (error instanceof BuildError && error.code === 'cancelled') return error;
  return new BuildError('step-failed', `${vertex.name}: ${messageOf(error)}`, {
    cause: error,
    location: vertex.location,
  });
}

function now(): string {
  return new Date().toISOString();
}
