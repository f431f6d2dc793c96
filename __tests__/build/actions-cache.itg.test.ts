import { readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CacheScopes, TestCacheService } from '../helpers/cache-service.ts';
import { Builder } from './builder.ts';

/** The stage in the middle makes 3 MB that nothing of the result needs again while the step above it hits. */
const DOCKERFILE = `FROM busybox AS tools
RUN dd if=/dev/urandom of=/big bs=1000 count=3000 2>/dev/null; sha256sum /big > /sum
FROM busybox
COPY --from=tools /sum /sum
RUN date +%s%N > /made
COPY app /app
RUN cat /app > /copy
`;
const FORK: CacheScopes = [['refs/heads/main', 1]];

const builders = await Promise.all(Array.from({ length: 9 }, () => Builder.open('actions-cache')));
let service: TestCacheService;

beforeAll(async () => {
  service = await TestCacheService.start();
});

afterAll(() => service.close());

/** A machine that has nothing but the base image, in a run of a workflow. */
function machine(scopes?: CacheScopes): Builder {
  const builder = builders.pop()!;
  builder.env = { PATH: process.env.PATH ?? '', ...service.env(scopes) };
  builder.self = [process.execPath, '--disable-warning=ExperimentalWarning', resolve('src/cli/entry.ts')];
  return builder;
}

const args = (scope: string, ...more: string[]) => [
  '-t',
  'result',
  '--explain-cache',
  '--cache-from',
  `type=gha,scope=${scope}`,
  '--cache-to',
  `type=gha,scope=${scope}`,
  ...more,
];

describe('a build with type=gha', () => {
  test('carries every step to the next run, which says what it restored, what changed, and what it saved', async () => {
    const first = machine();
    const folder = await first.context({ Dockerfile: DOCKERFILE, app: 'one\n' });
    const built = await first.build(folder, { args: args('steps') });
    expect(built.error).toBe('');
    expect(built.log).toContain('from gha scope steps: nothing (there is none yet that this run may read)');
    expect(built.log).toMatch(/to gha scope steps: \d+ blobs, .*B, in \d+\.\d s/);
    const entries = service.keys().length;
    const second = machine();
    const again = await second.build(folder, { args: args('steps') });
    expect(again.error).toBe('');
    expect(again.log).not.toMatch(/not cached/);
    expect(again.log).toMatch(/from gha scope steps: \d+ of \d+ records used, 4 blobs, .*, came over; read in/);
    expect(again.log).toContain('to gha scope steps: nothing new');
    expect(service.keys()).toHaveLength(entries);
    // nothing of the stage whose step hits
    const stages = service.entries.filter(({ body, key }) => key.includes('steps') && body.byteLength > 3_000_000);
    expect(service.requests.filter((line) => line.startsWith('GET') && line.includes(stages[0]!.key))).toEqual([]);

    await writeFile(join(folder, 'app'), 'two\n');
    const changed = await machine().build(folder, { args: args('steps') });
    expect(changed.error).toBe('');
    expect(changed.log).toMatch(/not cached: file app changed/);
    expect(changed.log).toMatch(/RUN date.*\n#\d+ CACHED/);
    // nothing is left of the place where entries were unpacked
    expect((await readdir(join(second.root, 'build'))).filter((name) => name.includes('entries'))).toEqual([]);
  }, 60_000);

  test('goes on when the service is down, slow or may only be read: said once, and nothing fails', async () => {
    const builder = machine(FORK);
    const folder = await builder.context({ Dockerfile: 'FROM busybox\nRUN echo 1 > /a\nRUN echo 2 > /b\n' });
    const fork = await builder.build(folder, { args: args('fork') });
    expect(fork.error).toBe('');
    expect(fork.log).toMatch(/to gha scope fork: not written: this run may only read caches/);
    expect(fork.log).not.toMatch(/WARN/i);

    const slow = machine();
    service.delay = 5000;
    try {
      const late = await slow.build(folder, { args: ['--cache-to', 'type=gha,scope=slow,timeout=1s'] });
      expect(late.error).toBe('');
      expect(late.log).toMatch(/the cache was not written to gha scope slow: it took longer than 1 s/);
    } finally {
      service.delay = 0;
    }
    slow.env = { ...slow.env, ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/', ACTIONS_RUNTIME_TOKEN: '' };
    const away = await slow.build(folder, { args: args('away') });
    expect(away.error).toBe('');
    expect(away.log).toMatch(/from gha scope away: nothing \(GitHub’s cache service is not here/);
    expect(away.log).toMatch(/to gha scope away: not written: GitHub’s cache service is not here/);
    expect(away.log).not.toMatch(/WARN/);
  }, 60_000);

  test('with a damaged entry runs the steps again, and says so', async () => {
    const first = machine();
    const folder = await first.context({ Dockerfile: DOCKERFILE, app: 'one\n' });
    expect((await first.build(folder, { args: args('damaged') })).error).toBe('');
    for (const entry of service.entries)
      if (entry.key.includes('damaged') && entry.key.includes('-pack-')) entry.body = Buffer.from('no archive at all');
    const again = await machine().build(folder, { args: args('damaged') });
    expect(again.error).toBe('');
    expect(again.log).toMatch(/building again without that cache/);
    expect(again.log).toMatch(/RUN date/);
  }, 60_000);
});
