import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { inOrder } from '../../src/build/order.ts';
import type { Vertex } from '../../src/build/vertex.ts';
import { Slots } from '../../src/content/slots.ts';
import { scratchFolder as makeFolder } from '../helpers/scratch.ts';
import { World } from './fake-steps.ts';

const folder = await makeFolder('solver');
let count = 0;
const scratchFolder = async () => join(folder, String(count++));

describe('solver', () => {
  test('executes once, then hits, and gives the same layers and history', async () => {
    const world = new World();
    const target = () => world.step('b', [world.step('a', [world.root()])]);
    const [first] = await world.solver().solve([target()]);
    const [second] = await world.solver().solve([target()]);
    expect(world.executed).toEqual(['a', 'b']);
    expect(second!.layers).toEqual(first!.layers);
    expect(second!.config).toEqual(first!.config);
    expect(first!.config.history!.map((entry) => entry.created_by)).toEqual(['a', 'b']);
    expect(first!.config.rootfs.diff_ids).toEqual(first!.layers.map((layer) => layer.diffId));
    expect(world.told.lines.slice(-2)).toEqual(['a: cached', 'b: cached']);
  });

  test('a step that gives the same layer again lets what stands on it hit', async () => {
    const world = new World();
    const build = (noCache: boolean) =>
      world.step('b', [world.step('a', [world.root()], { content: 'same', noCache })]);
    await world.solver().solve([build(false)]);
    await world.solver().solve([build(true)]);
    expect(world.executed).toEqual(['a', 'b', 'a']);
  });

  test('a step that gives another layer makes what stands on it execute', async () => {
    const world = new World();
    const build = (noCache: boolean) => world.step('b', [world.step('a', [world.root()], { noCache })]);
    await world.solver().solve([build(false)]);
    const [result] = await world.solver().solve([build(true)]);
    expect(world.executed).toEqual(['a', 'b', 'a', 'b']);
    expect(result!.layers).toHaveLength(2);
  });

  test('what the content key finds is found by definition the next time', async () => {
    const world = new World();
    const copy = (source: string) =>
      world.step('copy', [world.root(), world.step(source, [world.root()], { content: source })], { contentKey: 'c' });
    await world.solver().solve([copy('one')]);
    await world.solver().solve([copy('two')]);
    expect(world.executed).toEqual(['one', 'copy', 'two']);
    const records = world.cache.records.size;
    await world.solver().solve([copy('two')]);
    expect(world.executed).toHaveLength(3);
    expect(world.cache.records.size).toBe(records);
  });

  test('a record whose layer is gone is a miss', async () => {
    const world = new World();
    const target = () => world.step('a', [world.root()], { content: 'x' });
    const [{ layers }] = (await world.solver().solve([target()])) as unknown as [
      { layers: readonly { descriptor: { digest: string } }[] },
    ];
    const solver = world.solver();
    const has = world.store.has.bind(world.store);
    world.store.has = async (descriptor) => descriptor.digest !== layers[0]!.descriptor.digest && has(descriptor);
    await solver.solve([target()]);
    expect(world.executed).toEqual(['a', 'a']);
  });

  test('what is ready runs at once, but not more than there are slots', async () => {
    const world = new World();
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await sleep(20);
      running--;
    };
    const root = world.root();
    const steps = Array.from({ length: 8 }, (_, i) => world.step(`s${i}`, [root], { work }));
    await world.solver({ slots: new Slots(3) }).solve([world.step('end', steps)]);
    expect(most).toBe(3);
    expect(world.executed).toHaveLength(9);
  });

  test('equal steps of one build execute once', async () => {
    const world = new World();
    const root = world.root();
    const twin = () => world.step('same', [root], { work: () => sleep(20) });
    const [a, b] = await world.solver().solve([twin(), twin()]);
    expect(world.executed).toEqual(['same']);
    expect(a!.layers).toEqual(b!.layers);
  });

  test('equal steps of two builds at once execute once', async () => {
    const world = new World();
    const lockFolder = await scratchFolder();
    const build = () =>
      world.solver({ lockFolder }).solve([world.step('same', [world.root()], { work: () => sleep(30) })]);
    await Promise.all([build(), build(), build()]);
    expect(world.executed).toEqual(['same']);
  });

  test('when the build that executes a shared step is cancelled, the other one executes it', async () => {
    const world = new World();
    const lockFolder = await scratchFolder();
    const abort = new AbortController();
    let calls = 0;
    const work = async ({ signal }: { signal: AbortSignal }) => {
      calls++;
      if (calls === 1) await sleep(5000, undefined, { signal });
    };
    const step = () => world.step('same', [world.root()], { work });
    const first = world.solver({ lockFolder, signal: abort.signal }).solve([step()]);
    first.catch(() => {});
    await sleep(20);
    const second = world.solver({ lockFolder }).solve([step()]);
    await sleep(20);
    abort.abort(new Error('stop'));
    await expect(first).rejects.toThrow();
    await second;
    expect(calls).toBe(2);
  });

  test('the first failure stops the others, which end before the failure is told', async () => {
    const world = new World();
    let ended = false;
    const slow = world.step('slow', [world.root()], {
      work: async ({ signal }) => {
        await sleep(10_000, undefined, { signal }).catch(() => {});
        await sleep(20);
        ended = true;
      },
    });
    const broken = world.step('broken', [world.root()], {
      work: async () => {
        await sleep(10);
        throw new Error('it broke');
      },
    });
    await expect(world.solver().solve([world.step('end', [slow, broken])])).rejects.toThrow('it broke');
    expect(ended).toBe(true);
    expect(world.executed).not.toContain('end');
  });

  test('a failure points at its instruction', async () => {
    const world = new World();
    const step = world.step('broken', [world.root()], { work: () => Promise.reject(new Error('it broke')) });
    await expect(world.solver().solve([step])).rejects.toMatchObject({ location: { file: 'Dockerfile', line: 1 } });
  });

  test('cancelling ends everything', async () => {
    const world = new World();
    const abort = new AbortController();
    const solving = world
      .solver({ signal: abort.signal })
      .solve([world.step('a', [world.root()], { work: ({ signal }) => sleep(10_000, undefined, { signal }) })]);
    setTimeout(() => abort.abort(), 20);
    await expect(solving).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('says what changed', async () => {
    const world = new World();
    const build = (version: string) => world.step('a', [world.root()], { parts: { 'arg:VERSION': version } });
    await world.solver({ explain: true }).solve([build('1')]);
    await world.solver({ explain: true }).solve([build('2')]);
    expect(world.told.lines).toContain('a: not cached: there is no earlier build of this step');
    expect(world.told.lines).toContain('a: not cached: build argument VERSION changed: was "1", is "2"');
  });

  test('a chain of ten thousand steps does not exhaust the stack', async () => {
    const world = new World();
    let tip: Vertex = world.root();
    for (let i = 0; i < 10_000; i++) {
      const below = tip;
      tip = {
        inputs: [below],
        platform: below.platform,
        name: `${i}`,
        op: { kind: 'CONFIG', pure: true, result: ([input]) => input! },
      };
    }
    expect(inOrder([tip])).toHaveLength(10_001);
    expect(await world.solver().solve([tip])).toHaveLength(1);
  });

  test('a cycle is an error', () => {
    const world = new World();
    const inputs: Vertex[] = [];
    const a = world.step('a', inputs);
    inputs.push(world.step('b', [a]));
    expect(() => inOrder([a])).toThrow('needs its own result');
  });
});
