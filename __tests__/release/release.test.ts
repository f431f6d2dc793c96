import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Digest } from '../../src/oci/digest.ts';
import { readHistory } from '../../src/release/history.ts';
import { moveChannel } from '../../src/release/release.ts';
import type { Place } from '../../src/release/request.ts';
import { unholdChannel } from '../../src/release/unhold.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { live, mover, placeOf, pushVersions, versionedImage } from './fixture.ts';

const folder = await scratchFolder('release');
const client = registryClient();
let registry: TestRegistry;
let other: TestRegistry;
let number = 0;

beforeAll(async () => {
  [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
});

afterAll(async () => {
  client.close();
  await registry.close();
  await other.close();
});

/** A repository of its own with versions 1.0.0 to 4.0.0, none released. */
async function shop(versions: Record<string, Record<string, string>> = {}) {
  const name = `${registry.host}/shop${++number}`;
  const digests = await pushVersions(client, [name], {
    '1.0.0': {},
    '2.0.0': {},
    '3.0.0': {},
    '4.0.0': {},
    ...versions,
  });
  const place = placeOf(client, name);
  return {
    name,
    place,
    v: (version: string): Digest => digests[version]!,
    ...mover([place], join(folder, `j${number}`)),
  };
}

/** The same image in two registries. */
async function chain() {
  const path = `chain${++number}`;
  const names = [`${registry.host}/${path}`, `${other.host}/${path}`];
  const digests = await pushVersions(client, names, { '1.0.0': {}, '2.0.0': {}, '3.0.0': {} });
  return {
    path,
    names,
    digests,
    places: names.map((name) => placeOf(client, name)),
    journal: join(folder, `j${number}`),
  };
}

describe('a channel', () => {
  test('names what is released, remembers it, and goes back', async () => {
    const { place, v, release, rollback, name } = await shop();
    const first = await release(v('1.0.0'));
    expect(first).toMatchObject({ changed: true, toDigest: v('1.0.0'), toVersion: '1.0.0', held: false });
    expect(first.fromDigest).toBeUndefined();
    const second = await release(v('2.0.0'), { tags: ['latest'] });
    expect(second).toMatchObject({ fromVersion: '1.0.0', toVersion: '2.0.0' });
    expect(second.undoCommand).toBe(`containerize rollback ${name} --channel production --to ${v('1.0.0')}`);
    expect(await live(place)).toBe(v('2.0.0'));
    expect(await live(place, 'latest')).toBe(v('2.0.0'));
    const back = await rollback('previous');
    expect(back).toMatchObject({ changed: true, fromDigest: v('2.0.0'), toDigest: v('1.0.0'), held: true });
    expect(await live(place)).toBe(v('1.0.0'));
    const events = (await readHistory(place.repository, 'production')).map((e) => [e.event, e.digest]);
    expect(events).toEqual([
      ['release', v('1.0.0')],
      ['release', v('2.0.0')],
      ['rollback', v('1.0.0')],
    ]);
    expect(await live(place, back.shadowTag)).toBe(v('1.0.0'));
  });

  test('rolled back twice goes further back, and never flips', async () => {
    const { v, release, rollback } = await shop();
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await release(v(version));
    expect((await rollback('previous')).toDigest).toBe(v('2.0.0'));
    expect((await rollback('previous')).toDigest).toBe(v('1.0.0'));
    await expect(rollback('previous')).rejects.toMatchObject({ code: 'no-history' });
    await release(v('4.0.0'), { force: true });
    expect((await rollback('previous')).toDigest).toBe(v('1.0.0'));
  });

  test('goes back by steps, tag, version and digest', async () => {
    const { v, release, rollback } = await shop({ 'v5.0.0': {} });
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await release(v(version));
    expect((await rollback('previous~2', { dryRun: true })).toDigest).toBe(v('1.0.0'));
    expect((await rollback('2.0.0', { dryRun: true })).toDigest).toBe(v('2.0.0'));
    expect((await rollback('v2.0.0', { dryRun: true })).toDigest).toBe(v('2.0.0'));
    expect((await rollback('5.0.0', { dryRun: true })).toDigest).toBe(v('v5.0.0'));
    expect((await rollback(v('1.0.0'), { dryRun: true })).toDigest).toBe(v('1.0.0'));
    await expect(rollback('previous~7')).rejects.toThrow(
      /2 earlier releases in channel production, previous~7 asks for 7/,
    );
    await expect(rollback('9.9.9')).rejects.toMatchObject({ code: 'unknown-release' });
    await expect(rollback(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'unknown-release' });
  });

  test('is held after a rollback until somebody says so', async () => {
    const { place, v, release, rollback } = await shop();
    await release(v('1.0.0'));
    await release(v('2.0.0'));
    await rollback('previous');
    await expect(release(v('3.0.0'))).rejects.toMatchObject({
      code: 'channel-held',
      hint: expect.stringContaining('--force'),
    });
    expect(await live(place)).toBe(v('1.0.0'));
    expect(await unholdChannel([place], 'production', new Date())).toBe(true);
    expect(await unholdChannel([place], 'production', new Date())).toBe(false);
    await expect(release(v('2.0.0'))).rejects.toThrow(/was rolled back from/);
    await release(v('3.0.0'));
    expect(await live(place)).toBe(v('3.0.0'));
    await rollback('previous', { noHold: true });
    await release(v('4.0.0'));
    expect(await live(place)).toBe(v('4.0.0'));
  });

  test('does not go down by a release, only by a rollback', async () => {
    const { v, release } = await shop();
    await release(v('2.0.0'));
    await expect(release(v('1.0.0'))).rejects.toMatchObject({ code: 'older-version' });
    expect((await release(v('1.0.0'), { force: true })).changed).toBe(true);
  });

  test('takes no tag along that names a higher version, unless it is forced to or goes back', async () => {
    const { v, release, rollback, place } = await shop();
    await release(v('3.0.0'), { channel: 'latest', onlyTag: true });
    await release(v('1.0.0'));
    await expect(release(v('2.0.0'), { tags: ['latest'] })).rejects.toMatchObject({
      code: 'older-version',
      message: 'latest is at 3.0.0, which is higher than 2.0.0',
      hint: expect.stringContaining('leave latest out'),
    });
    expect([await live(place), await live(place, 'latest')]).toEqual([v('1.0.0'), v('3.0.0')]);
    await release(v('2.0.0'), { tags: ['latest'], force: true });
    expect(await live(place, 'latest')).toBe(v('2.0.0'));
    await rollback('previous', { tags: ['latest'] });
    expect(await live(place, 'latest')).toBe(v('1.0.0'));
  });

  test('that names the target already is left alone, and that is a success', async () => {
    const { v, release, rollback, place } = await shop();
    await release(v('1.0.0'));
    const again = await rollback('1.0.0');
    expect(again).toMatchObject({ changed: false, moves: [{ tag: 'production', state: 'unchanged' }] });
    expect(await readHistory(place.repository, 'production')).toHaveLength(1);
  });

  test('that was made by hand is remembered before it moves', async () => {
    const { v, release, rollback, place } = await shop();
    const { bytes, descriptor } = await place.repository.manifest(v('1.0.0'));
    await place.repository.pushManifest(bytes, descriptor.mediaType, 'production');
    await release(v('2.0.0'));
    expect((await rollback('previous')).toDigest).toBe(v('1.0.0'));
  });

  test('moves only from where it is thought to be', async () => {
    const { v, release } = await shop();
    await release(v('1.0.0'));
    await expect(release(v('3.0.0'), { expectCurrent: v('2.0.0') })).rejects.toMatchObject({
      code: 'unexpected-current',
    });
    expect((await release(v('3.0.0'), { expectCurrent: v('1.0.0') })).changed).toBe(true);
  });

  test('a dry run shows everything and moves nothing', async () => {
    const { v, release, place } = await shop();
    const plan = await release(v('1.0.0'), { dryRun: true });
    expect(plan).toMatchObject({
      dryRun: true,
      changed: false,
      moves: [{ tag: 'production', to: v('1.0.0'), state: 'planned' }],
    });
    expect(await live(place)).toBeUndefined();
  });

  test.each(['', 'has space', '-x', 'a'.repeat(120), 'production.20261120T155803123Z.release.ab12cd34ef56'])(
    'is not called %p',
    async (channel) => {
      const { v, release } = await shop();
      await expect(release(v('1.0.0'), { channel })).rejects.toMatchObject({ code: 'bad-channel' });
    },
  );
});

describe('nothing moves', () => {
  test('when a platform of the target was deleted by a clean-up', async () => {
    const { place, v, release, rollback } = await shop();
    await release(v('1.0.0'));
    await release(v('2.0.0'));
    const { bytes } = await place.repository.manifest(v('1.0.0'));
    const child = JSON.parse(bytes.toString('utf8')).manifests[1];
    await place.repository.delete({ manifest: child.digest });
    await expect(rollback('previous')).rejects.toMatchObject({
      code: 'incomplete-image',
      message: expect.stringContaining(`manifest of linux/arm64 ${child.digest}`),
    });
    expect(await live(place)).toBe(v('2.0.0'));
  });

  test('when a layer is gone', async () => {
    const { place, v, release, rollback, name } = await shop();
    await release(v('1.0.0'));
    await release(v('2.0.0'));
    const index = JSON.parse((await place.repository.manifest(v('1.0.0'))).bytes.toString('utf8'));
    const manifest = JSON.parse((await place.repository.manifest(index.manifests[0].digest)).bytes.toString('utf8'));
    // what the registry answers after a clean-up of its storage
    await using proxy = await startFaultProxy(registry.url);
    proxy.add({ method: 'HEAD', path: new RegExp(manifest.layers[0].digest), status: 404, times: 9 });
    const behind = placeOf(client, name.replace(registry.host, proxy.host));
    await expect(mover([behind], join(folder, 'layer')).rollback('1.0.0')).rejects.toThrow(
      `layer of manifest of linux/amd64 ${manifest.layers[0].digest}`,
    );
    expect(await live(place)).toBe(v('2.0.0'));
    expect(await rollback('previous', { dryRun: true })).toMatchObject({ toDigest: v('1.0.0') });
  });

  test('when a gate says no', async () => {
    const { place, v, release } = await shop();
    await release(v('1.0.0'));
    const asked: string[] = [];
    const gate = (passed: boolean) => ({
      name: 'smoke run',
      async ask({ reference }: { reference: string }) {
        asked.push(reference);
        return { passed, message: passed ? 'answered' : 'GET / gave 500' };
      },
    });
    await expect(release(v('2.0.0'), { gates: [gate(false)] })).rejects.toMatchObject({
      code: 'gate-failed',
      message: 'smoke run: GET / gave 500',
    });
    expect(asked).toEqual([`${place.name}@${v('2.0.0')}`]);
    expect(await live(place)).toBe(v('1.0.0'));
    expect((await release(v('2.0.0'), { gates: [gate(true)] })).gates.at(-1)).toEqual({
      name: 'smoke run',
      message: 'answered',
    });
  });

  test('when a gate says no, and that is no release to go back from or to', async () => {
    const { v, release, rollback, place } = await shop();
    await release(v('1.0.0'));
    await release(v('2.0.0'));
    const no = { name: 'smoke', ask: async () => ({ passed: false, message: 'it does not start' }) };
    await expect(release(v('3.0.0'), { gates: [no] })).rejects.toMatchObject({ code: 'gate-failed' });
    expect((await rollback('previous')).toDigest).toBe(v('1.0.0'));
    expect(await live(place)).toBe(v('1.0.0'));
  });

  test('when a gate cannot be asked', async () => {
    const { v, release, place } = await shop();
    const broken = { name: 'scan', ask: () => Promise.reject(new Error('the scanner is away')) };
    const failed: unknown[] = [];
    const task = {
      output() {},
      progress() {},
      note() {},
      done() {},
      fail: (error: unknown) => void failed.push(error),
    };
    const progress = { start: () => task, warn() {} };
    await expect(release(v('1.0.0'), { gates: [broken], progress })).rejects.toThrow('the scanner is away');
    expect(failed).toHaveLength(1);
    expect(await live(place)).toBeUndefined();
  });

  test('when the data is of a newer schema than the target works with', async () => {
    const label = 'io.containerize.schema-revision';
    const { v, release, rollback } = await shop({
      '5.0.0': { [label]: '7' },
      '6.0.0': { [label]: '8' },
      '7.0.0': { [label]: '8' },
    });
    for (const version of ['5.0.0', '6.0.0', '7.0.0']) await release(v(version));
    expect((await rollback('previous', { dryRun: true })).gates[0]?.message).toBe('schema 8 → 8');
    await expect(rollback('5.0.0')).rejects.toThrow(/works with schema 7, the data is at 8/);
    expect((await rollback('5.0.0', { force: true })).changed).toBe(true);
  });

  test('when the registries disagree', async () => {
    const { places, digests, journal } = await chain();
    await mover([places[0]!], join(journal, 'a')).release(digests['1.0.0']!);
    await mover([places[1]!], join(journal, 'b')).release(digests['2.0.0']!);
    const both = mover(places, journal);
    await expect(both.release(digests['3.0.0']!)).rejects.toMatchObject({
      code: 'registries-disagree',
      message: expect.stringContaining(`${places[1]!.name}:production → ${digests['2.0.0']}`),
    });
    await both.release(digests['3.0.0']!, { force: true });
    expect(await Promise.all(places.map((p) => live(p)))).toEqual([digests['3.0.0'], digests['3.0.0']]);
    await expect(both.rollback('previous')).rejects.toMatchObject({ code: 'registries-disagree' });
  });
});

describe('when it goes wrong midway', () => {
  /** Two registries, the second behind a proxy that misbehaves on command. */
  async function fragile() {
    const { path, digests, names, journal } = await chain();
    const proxy = await startFaultProxy(other.url);
    const places: Place[] = [placeOf(client, names[0]!), placeOf(client, `${proxy.host}/${path}`)];
    const both = mover(places, journal);
    await both.release(digests['1.0.0']!);
    return { proxy, digests, places, both };
  }
  const put = { method: 'PUT', path: /\/manifests\/production$/ };

  test('the moved tags are put back', async () => {
    const { proxy, digests, places, both } = await fragile();
    proxy.add({ ...put, status: 403, body: '{}' });
    await expect(both.release(digests['2.0.0']!)).rejects.toMatchObject({
      code: 'release-undone',
      message: expect.stringMatching(/403.*every tag is back/s),
      moves: [{ state: 'undone' }, { state: 'undone' }],
    });
    expect(await Promise.all(places.map((p) => live(p)))).toEqual([digests['1.0.0'], digests['1.0.0']]);
    expect((await both.release(digests['2.0.0']!)).changed).toBe(true);
    await proxy.close();
  });

  test('what cannot be put back is named, with the command that does it', async () => {
    const { digests, names, journal } = await chain();
    const proxy = await startFaultProxy(registry.url);
    const places = [placeOf(client, names[0]!.replace(registry.host, proxy.host)), placeOf(client, names[1]!)];
    const both = mover(places, journal);
    await both.release(digests['1.0.0']!);
    const meanwhile = async (): Promise<void> => {
      // somebody else moves the second between the plan and the move, then the first cannot be written any more
      const { bytes, descriptor } = await places[1]!.repository.manifest(digests['3.0.0']!);
      await places[1]!.repository.pushManifest(bytes, descriptor.mediaType, 'production');
      proxy.add({ ...put, loseAnswer: true });
      proxy.add({ ...put, status: 403, body: '{}', times: 9 });
    };
    const failure = await both.release(digests['2.0.0']!, { onPlan: meanwhile }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'release-not-undone' });
    expect(failure.hint).toContain(
      `containerize release ${places[0]!.name}@${digests['1.0.0']} --channel production --only-tag --force`,
    );
    expect(failure.moves).toMatchObject([{ repository: places[0]!.name, state: 'not-undone' }, {}]);
    // what somebody else put is left alone
    expect(await live(places[1]!)).toBe(digests['3.0.0']);
    await proxy.close();
  });

  test('somebody else’s move in between stops it', async () => {
    const { place, v, release } = await shop();
    await release(v('1.0.0'));
    const meanwhile = async (): Promise<void> => {
      const { bytes, descriptor } = await place.repository.manifest(v('3.0.0'));
      await place.repository.pushManifest(bytes, descriptor.mediaType, 'production');
    };
    await expect(release(v('2.0.0'), { onPlan: meanwhile })).rejects.toMatchObject({
      code: 'release-undone',
      cause: { code: 'foreign-change' },
    });
    expect(await live(place)).toBe(v('3.0.0'));
  });

  test('an immutable tag is called that', async () => {
    const { proxy, digests, both } = await fragile();
    proxy.add({
      ...put,
      status: 400,
      body: JSON.stringify({
        errors: [
          {
            code: 'TAG_INVALID',
            message:
              "The image tag 'production' already exists and cannot be overwritten because the repository is immutable.",
          },
        ],
      }),
    });
    await expect(both.release(digests['2.0.0']!)).rejects.toMatchObject({
      code: 'release-undone',
      cause: { code: 'immutable-tag' },
    });
    await proxy.close();
  });

  test('a lost answer is looked up, not guessed', async () => {
    const { proxy, digests, places, both } = await fragile();
    proxy.add({ ...put, loseAnswer: true });
    await both.release(digests['2.0.0']!);
    expect(await Promise.all(places.map((p) => live(p)))).toEqual([digests['2.0.0'], digests['2.0.0']]);
    await proxy.close();
  });
});

describe('two at once', () => {
  test('end with one loser who is told so, or agree; never with mixed tags', async () => {
    const { places, digests, journal } = await chain();
    const setup = mover(places, journal);
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await setup.release(digests[version]!);
    const [a, b] = await Promise.allSettled([
      mover(places, join(journal, 'a')).rollback('1.0.0', { settleMs: 250 }),
      mover(places, join(journal, 'b')).rollback('2.0.0', { settleMs: 250 }),
    ]);
    const losers = [a, b].filter((r) => r.status === 'rejected');
    expect(losers.length).toBeGreaterThan(0);
    for (const { reason } of losers as PromiseRejectedResult[])
      expect(['channel-locked', 'release-undone', 'release-not-undone']).toContain(reason.code);
    const ends = await Promise.all(places.map((place) => live(place)));
    if (losers.every((r) => (r as PromiseRejectedResult).reason.code !== 'release-not-undone'))
      expect(ends[0]).toBe(ends[1]);
  });

  test('a lock is taken over when its time is up, and gone afterwards', async () => {
    const { place, v, release } = await shop();
    await release(v('1.0.0'));
    const tags: string[] = [];
    for await (const tag of place.repository.tags()) tags.push(tag);
    expect(tags).not.toContain('production.lock');
  });
});

describe('promotion', () => {
  test('copies what the other registry lacks, byte for byte', async () => {
    const source = placeOf(client, `${registry.host}/promote${++number}`);
    const target = placeOf(client, `${other.host}/promoted`);
    const digests = await pushVersions(client, [source.name], { '1.0.0': {} });
    const report = await moveChannel({
      action: 'promote',
      places: [target],
      channel: 'stable',
      source: { place: source, digest: digests['1.0.0']! },
      journal: join(folder, 'promote'),
      who: 'test',
    });
    expect(report).toMatchObject({ changed: true, toDigest: digests['1.0.0'], toVersion: '1.0.0' });
    expect(await live(target, 'stable')).toBe(digests['1.0.0']);
    const events = await readHistory(target.repository, 'stable');
    expect(events.map((e) => e.event)).toEqual(['promote']);
  });

  test('of an image that is not whole copies nothing under the tag', async () => {
    const source = placeOf(client, `${registry.host}/promote${++number}`);
    const image = versionedImage('1.0.0');
    await pushVersions(client, [source.name], {});
    await expect(
      moveChannel({
        action: 'promote',
        places: [placeOf(client, `${other.host}/promoted2`)],
        channel: 'stable',
        source: { place: source, digest: image.descriptor.digest },
        journal: join(folder, 'promote'),
        who: 'test',
      }),
    ).rejects.toMatchObject({ code: 'incomplete-image' });
  });
});
