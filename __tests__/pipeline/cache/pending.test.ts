import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { makeBundle } from '../../../src/cache/bundle.ts';
import { addPending, pendingRoots, savePending } from '../../../src/pipeline/cache/pending.ts';
import { openEngine } from '../../../src/pipeline/wire.ts';
import { silent } from '../../../src/progress.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const root = await scratchFolder('pending');

const engineOf = (repository: string) =>
  openEngine({
    root,
    run: join(root, 'run'),
    helper: '/nowhere',
    rootless: false,
    proxies: {},
    dockerConfig: '/nowhere',
    registryFiles: [],
    env: { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: '1', GITHUB_JOB: 'build' },
    ci: true,
    inActions: true,
  });

test('a cache that waits for the end of a job is saved by that job alone, kept by gc until then, and forgotten after a day', async () => {
  const [mine, other] = await Promise.all([engineOf('me/app'), engineOf('other/app')]);
  const bundle = await makeBundle(await mine.content(), new Map());
  await addPending(mine, {
    location: { type: 'gha', scope: 'app', mode: 'max' },
    bundle,
    resultLayers: [],
    damaged: [],
  });
  const roots = [];
  for await (const root of pendingRoots(mine)) roots.push(root);
  expect(roots).toEqual([bundle]);
  const options = { progress: silent, signal: new AbortController().signal, timeoutMs: 1000 };
  expect(await savePending(other, options)).toEqual([]);
  const [saved] = await savePending(mine, options);
  expect(saved!.report).toMatchObject({ outcome: 'failed', problem: expect.stringContaining('ACTIONS_RUNTIME_TOKEN') });
  expect(await savePending(mine, options)).toEqual([]);

  await addPending(mine, {
    location: { type: 'gha', scope: 'app', mode: 'max' },
    bundle,
    resultLayers: [],
    damaged: [],
  });
  const folder = join(root, 'cache', 'pending');
  const [name] = await readdir(folder);
  const old = Date.now() / 1000 - 25 * 3600;
  await utimes(join(folder, name!), old, old);
  expect(await savePending(mine, options)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});
