import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { stepKey } from '../../src/build/cache-key.ts';
import { withHistory } from '../../src/build/history.ts';
import { emptyConfig } from '../../src/build/ops/from.ts';
import { Records } from '../../src/build/records.ts';
import { baseResult } from '../../src/build/result.ts';
import { Solver, type SolverOptions } from '../../src/build/solver.ts';
import type { Op, StepContext, StepServices, Vertex } from '../../src/build/vertex.ts';
import type { Cache, CacheKey, CacheRecord } from '../../src/cache/cache.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { Slots } from '../../src/content/slots.ts';
import type { Layer } from '../../src/content/store.ts';
import { describe } from '../../src/oci/descriptor.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import type { Progress } from '../../src/progress.ts';

export const PLATFORM = { os: 'linux', architecture: 'amd64' };

/** Key → record in memory. */
class MemoryCache implements Cache {
  readonly records = new Map<CacheKey, CacheRecord>();
  async get(key: CacheKey): Promise<CacheRecord | undefined> {
    return this.records.get(key);
  }
  async put(key: CacheKey, record: CacheRecord): Promise<void> {
    this.records.set(key, record);
  }
}

/** What the display heard, a line each. */
export class Told implements Progress {
  readonly lines: string[] = [];
  start({ name }: { name: string }) {
    return {
      output: () => {},
      progress: () => {},
      note: (message: string) => this.lines.push(`${name}: ${message}`),
      done: (result?: { cached?: boolean }) => this.lines.push(`${name}: ${result?.cached ? 'cached' : 'done'}`),
      fail: (error: unknown) => this.lines.push(`${name}: failed ${(error as Error).message}`),
    };
  }
  warn(message: string) {
    this.lines.push(message);
  }
}

/** A world of steps that execute functions instead of programs. */
export class World {
  readonly store = new MemoryStore();
  readonly cache = new MemoryCache();
  readonly told = new Told();
  readonly executed: string[] = [];
  readonly services = { content: this.store, snapshots: undefined, helper: undefined } as unknown as StepServices;

  root(): Vertex {
    const { services } = this;
    const origin = { content: services.content, snapshots: services.snapshots };
    return {
      inputs: [],
      platform: PLATFORM,
      name: 'FROM scratch',
      op: { kind: 'FROM', pure: true, result: () => baseResult(emptyConfig(PLATFORM), [], origin) },
    };
  }

  /** A step whose layer depends on `content`; random content when it is not given. */
  step(
    name: string,
    inputs: readonly Vertex[],
    options: {
      content?: string;
      contentKey?: string;
      noDefinition?: boolean;
      noCache?: boolean;
      work?: (step: StepContext) => Promise<void>;
      parts?: Record<string, string>;
    } = {},
  ): Vertex {
    const parts = Object.entries(options.parts ?? {});
    const op: Op = {
      kind: 'RUN',
      definitionKey: (keys) =>
        options.noDefinition
          ? undefined
          : stepKey('fake', [['name', name], ...keys.map((key) => ['base', key] as const), ...parts]),
      contentKey: async (results) =>
        options.contentKey === undefined
          ? undefined
          : stepKey('content', [
              ['name', name],
              ['content', options.contentKey],
              ['base', results[0]!.key],
            ]),
      execute: async (step) => {
        this.executed.push(name);
        await options.work?.(step);
        return this.layer(options.content ?? randomBytes(8).toString('hex'));
      },
      configure: (config, outcome) => withHistory(config, name, outcome),
    };
    return {
      inputs,
      op,
      platform: PLATFORM,
      name,
      identities: [name],
      ...(options.noCache ? { noCache: true } : {}),
      location: { file: 'Dockerfile', line: 1 },
    };
  }

  async layer(content: string): Promise<Layer> {
    const descriptor = describe(MEDIA.ociLayer, content);
    await this.store.push(descriptor, Readable.from([Buffer.from(content)]));
    return { descriptor, diffId: descriptor.digest };
  }

  solver(options: Partial<SolverOptions> = {}): Solver {
    return new Solver({
      workshop: {
        services: this.services,
        scratchFolder: async () => '/nowhere',
        epoch: undefined,
        pack: async () => Promise.reject(new Error('no')),
      },
      records: new Records(this.store, [this.cache]),
      slots: new Slots(4),
      progress: this.told,
      signal: new AbortController().signal,
      ...options,
    });
  }
}
