import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';
import { live, mover, placeOf, pushVersions } from './fixture.ts';

const folder = await scratchFolder('killed');

test('a release that was killed between two moves is finished by the next run', async () => {
  await using first = await startRegistry();
  await using second = await startRegistry();
  await using proxy = await startFaultProxy(second.url);
  const client = registryClient();
  const names = [`${first.host}/app`, `${proxy.host}/app`];
  const digests = await pushVersions(client, names, { '1.0.0': {}, '2.0.0': {} });
  const places = names.map((name) => placeOf(client, name));
  const journal = join(folder, 'journal');
  const engine = mover(places, journal);
  await engine.release(digests['1.0.0']!);

  // the second registry says nothing: the process waits there until it is killed
  proxy.add({ method: 'PUT', path: /\/manifests\/production$/, silent: true });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'killed-mover.ts'), journal, digests['2.0.0']!, ...names],
    {
      stdio: 'ignore',
    },
  );
  await until(
    () => proxy.seen.filter((r) => r.method === 'PUT' && r.path.endsWith('/manifests/production')).length > 1,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await Promise.all(places.map((place) => live(place)))).toEqual([digests['2.0.0'], digests['1.0.0']]);
  expect(readdirSync(journal)).toEqual([expect.stringMatching(/\.json$/), 'locks']);

  const warnings: string[] = [];
  const report = await engine.release(digests['2.0.0']!, {
    progress: {
      start: () => ({ output() {}, progress() {}, note() {}, done() {}, fail() {} }),
      warn: (m) => warnings.push(m),
    },
  });
  expect(report).toMatchObject({ changed: true, fromDigest: digests['1.0.0'], toDigest: digests['2.0.0'] });
  expect(warnings.join()).toMatch(/cut off/);
  expect(await Promise.all(places.map((place) => live(place)))).toEqual([digests['2.0.0'], digests['2.0.0']]);
  expect(readdirSync(journal)).toEqual(['locks']);
  client.close();
});
