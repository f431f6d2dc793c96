import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layer } from '../content/store.ts';
import { chainId } from '../oci/image-config.ts';
import type { Platform } from '../oci/platform.ts';
import type { Task } from '../progress.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import type { StepContext, StepResult, StepServices, Vertex } from './vertex.ts';

/** What the solver needs to let steps work; tests put in their own. */
export interface Workshop {
  readonly services: StepServices;
  /** Where scratch folders are made, on the file system of the snapshots. Made when it is first asked for. */
  scratchFolder(): Promise<string>;
  /** SOURCE_DATE_EPOCH in seconds. */
  readonly epoch: number | undefined;
  /** A step is at work: what packs its layer may be loaded meanwhile. */
  expect?(): Promise<void>;
  /** Makes the layer of what was written in a snapshot; `empty` when nothing was. */
  pack(snapshot: Snapshot, task: Task, signal: AbortSignal): Promise<Layer & { empty: boolean; bytes?: number }>;
}

/** A step's context while it executes. {@link close} removes whatever it made and did not commit. */
export class ExecutingStep implements StepContext {
  readonly name: string;
  readonly inputs: readonly StepResult[];
  readonly platform: Platform;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly services: StepServices;
  readonly epoch: number | undefined;
  readonly #workshop: Workshop;
  readonly #open = new Set<Snapshot>();
  readonly #scratch: string[] = [];

  constructor(
    workshop: Workshop,
    { name, platform }: Pick<Vertex, 'name' | 'platform'>,
    inputs: readonly StepResult[],
    task: Task,
    signal: AbortSignal,
  ) {
    this.#workshop = workshop;
    this.services = workshop.services;
    this.epoch = workshop.epoch;
    this.name = name;
    this.inputs = inputs;
    this.platform = platform;
    this.task = task;
    this.signal = signal;
  }

  async prepare(on: StepResult | undefined): Promise<Snapshot> {
    // Unpacks the layers below, when nobody needed them yet.
    if (on !== undefined) await on.snapshot();
    this.signal.throwIfAborted();
    const parent = on === undefined ? undefined : chainId(on.layers.map(({ diffId }) => diffId));
    const snapshot = await this.services.snapshots.prepare(parent, { volatile: true });
    this.#open.add(snapshot);
    return snapshot;
  }

  async commit(snapshot: Snapshot): Promise<Layer | undefined> {
    const { empty, bytes, ...layer } = await this.#workshop.pack(snapshot, this.task, this.signal);
    if (empty) return undefined;
    await this.services.snapshots.commit(snapshot, layer.diffId, bytes);
    this.#open.delete(snapshot);
    return layer;
  }

  async scratch(): Promise<string> {
    const folder = await mkdtemp(join(await this.#workshop.scratchFolder(), 'step-'));
    this.#scratch.push(folder);
    return folder;
  }

  async close(): Promise<void> {
    await Promise.all([
      ...[...this.#open].map((snapshot) => this.services.snapshots.remove(snapshot)),
      ...this.#scratch.map((folder) => rm(folder, { recursive: true, force: true })),
    ]);
    this.#open.clear();
  }
}
