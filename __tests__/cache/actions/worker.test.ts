import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CacheServiceWorker } from '../../../src/cache/actions/worker.ts';
import { type CacheScopes, TestCacheService } from '../../helpers/cache-service.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const scratch = await scratchFolder('cache-worker');
const self = [process.execPath, '--disable-warning=ExperimentalWarning', resolve('src/cli/entry.ts')];
let service: TestCacheService;

beforeAll(async () => {
  service = await TestCacheService.start();
});

afterAll(() => service.close());

async function worker(
  scopes?: CacheScopes,
  version?: 1 | 2,
  env: Record<string, string> = {},
): Promise<CacheServiceWorker & AsyncDisposable> {
  const { PATH = '' } = process.env;
  const started = await CacheServiceWorker.start({
    self,
    parent: scratch,
    env: { PATH, ...service.env(scopes, version), ...env },
  });
  return Object.assign(started, { [Symbol.asyncDispose]: () => started.close() });
}

async function put(at: CacheServiceWorker, path: string, text: string): Promise<void> {
  await mkdir(join(at.folder, path), { recursive: true });
  await writeFile(join(at.folder, path, 'file'), text);
}

describe('@actions/cache against the local service', () => {
  for (const version of [1, 2] as const)
    test(`protocol v${version}: what was saved is found and restored elsewhere, once and unchangeable`, async () => {
      await using first = await worker(undefined, version);
      const key = `worker-v${version}-one`;
      expect(await first.ask({ op: 'find', path: 'entry', key })).toEqual({});
      await put(first, 'entry', 'content');
      expect(await first.ask({ op: 'save', path: 'entry', key })).toEqual({ key });
      expect(await first.ask({ op: 'save', path: 'entry', key })).toEqual({ exists: true });
      await using second = await worker(
        [
          ['refs/pull/1/merge', 3],
          ['refs/heads/main', 1],
        ],
        version,
      );
      expect(await second.ask({ op: 'find', path: 'entry', key })).toEqual({ key });
      // another path is another entry, and the beginning of a key is not the key
      expect(await second.ask({ op: 'find', path: 'other', key })).toEqual({});
      expect(await second.ask({ op: 'find', path: 'entry', key: key.slice(0, -1) })).toEqual({});
      const prefixes = [`worker-v${version}-`];
      expect(await second.ask({ op: 'restore', path: 'entry', key: 'none', prefixes })).toEqual({ key });
      expect(await readFile(join(second.folder, 'entry/file'), 'utf8')).toBe('content');
    });

  test('a token that may only read cannot save, and says so', async () => {
    await using fork = await worker([['refs/heads/main', 1]]);
    await put(fork, 'entry', 'content');
    expect(await fork.ask({ op: 'save', path: 'entry', key: 'worker-fork' })).toMatchObject({ denied: true });
    await using off = await worker(undefined, 2, { ACTIONS_CACHE_MODE: 'read' });
    await put(off, 'entry', 'content');
    expect(await off.ask({ op: 'save', path: 'entry', key: 'worker-mode' })).toEqual({ denied: true });
  });

  test('a damaged entry is a problem, not a crash; addresses that let in are not repeated', async () => {
    await using first = await worker();
    await put(first, 'entry', 'content');
    await first.ask({ op: 'save', path: 'entry', key: 'worker-damaged' });
    const entry = service.entries.find(({ key }) => key === 'worker-damaged')!;
    entry.body = Buffer.from('this is no archive');
    const { problem } = await first.ask({ op: 'restore', path: 'entry', key: 'worker-damaged', prefixes: [] });
    expect(problem).toMatch(/tar.* failed/);
    expect(problem).not.toContain('sig=secret');
  });

  test('stopping ends what is under way', async () => {
    service.delay = 30_000;
    try {
      await using slow = await worker();
      const asked = slow.ask({ op: 'find', path: 'entry', key: 'worker-slow' });
      setTimeout(() => slow.stop('the time is over'), 200);
      expect(await asked).toEqual({ problem: 'the time is over' });
      expect(await slow.ask({ op: 'find', path: 'entry', key: 'worker-slow' })).toEqual({
        problem: 'the time is over',
      });
    } finally {
      service.delay = 0;
    }
  });
});
