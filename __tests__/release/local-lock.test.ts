import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { live, mover, placeOf, pushVersions } from './fixture.ts';

const folder = await scratchFolder('release-lock');
const client = registryClient();
let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry();
});

afterAll(async () => {
  client.close();
  await registry.close();
});

async function shop(path: string) {
  const names = [`${registry.host}/${path}-a`, `${registry.host}/${path}-b`];
  const digests = await pushVersions(client, names, { '1.0.0': {}, '2.0.0': {} });
  const places = names.map((name) => placeOf(client, name));
  return { names, places, digests, journal: join(folder, path) };
}

test('of two releases on one machine to one channel one is told who the other is, before it does anything', async () => {
  const { places, digests, journal, names } = await shop('two');
  const settled = await Promise.allSettled(
    ['1.0.0', '2.0.0'].map((version) => mover(places, journal).release(digests[version]!)),
  );
  const lost = settled.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
  expect(lost).toHaveLength(1);
  expect(lost[0]).toMatchObject({
    code: 'channel-locked',
    message: expect.stringMatching(
      `^${names[0]}: process ${process.pid} on this machine is moving production since 20`,
    ),
  });
  expect(exitCodeOf(lost[0])).toBe(75);
  const won = digests[settled[0]!.status === 'fulfilled' ? '1.0.0' : '2.0.0'];
  expect(await Promise.all(places.map((place) => live(place)))).toEqual([won, won]);
});

test('also when they have only one repository in common; other channels and repositories go on', async () => {
  const { places, digests, journal } = await shop('part');
  const one = mover(places, journal);
  const other = mover([places[1]!], journal);
  const [a, b, c] = await Promise.allSettled([
    one.release(digests['1.0.0']!),
    other.release(digests['2.0.0']!),
    other.release(digests['2.0.0']!, { channel: 'staging' }),
  ]);
  expect([a.status, b.status].sort()).toEqual(['fulfilled', 'rejected']);
  expect(c.status).toBe('fulfilled');
});

test('the lock goes with the release, also a failed one; looking does not need it', async () => {
  const { places, digests, journal } = await shop('gone');
  const { release, rollback } = mover(places, journal);
  await expect(rollback('9.9.9')).rejects.toMatchObject({ code: 'unknown-release' });
  const [first, look] = await Promise.all([release(digests['1.0.0']!), release(digests['1.0.0']!, { dryRun: true })]);
  expect([first.changed, look.dryRun]).toEqual([true, true]);
  expect(await release(digests['2.0.0']!)).toMatchObject({ changed: true });
});
