import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { defaultCacheLimit, keepCacheWithinLimit } from '../../src/pipeline/cache/limits.ts';
import { diskUsage } from '../../src/pipeline/store/disk-usage.ts';
import { Builder } from './builder.ts';

const MB = 1_000_000;
const DAY = 24 * 3600_000;

/** Two stages of 2 MB each that end in no image, a third that does, and a cache mount of 1 MB. */
const DOCKERFILE = `FROM busybox AS one
RUN dd if=/dev/urandom of=/one bs=1000 count=2000 2>/dev/null
FROM busybox AS two
COPY --from=one /one /in
RUN --mount=type=cache,target=/c dd if=/dev/urandom of=/two bs=1000 count=2000 2>/dev/null; dd if=/dev/zero of=/c/f bs=1000 count=1000 2>/dev/null
FROM busybox
COPY --from=two /etc/passwd /copied
RUN dd if=/dev/urandom of=/kept bs=1000 count=2000 2>/dev/null
RUN --mount=from=two,target=/t cat /t/two >/dev/null; echo ok > /done
`;

const builders = await Promise.all([1, 2, 3, 4].map(() => Builder.open('cache-limit')));

async function built() {
  const builder = builders.pop()!;
  const folder = await builder.context({ Dockerfile: DOCKERFILE });
  const first = await builder.build(folder, { args: ['-t', 'kept'] });
  expect(first.error).toBe('');
  return { builder, folder, engine: await builder.engine() };
}

describe('the build cache', () => {
  test('counts in system df what no image holds, unpacked layers that steps made included', async () => {
    const { engine } = await built();
    const usage = await diskUsage(engine);
    // Stage one, its copy, stage two: compressed and unpacked, and the mount.
    expect(usage.cacheBytes).toBeGreaterThan(9 * MB);
    expect(usage.cacheBytes).toBeLessThan(15 * MB);
    // busybox and what the last stage made, both ways.
    expect(usage.imageBytes).toBeGreaterThan(6 * MB);
  });

  test('is brought below its limit, the least recently used first, and no image loses anything', async () => {
    const { builder, folder, engine } = await built();
    expect(await keepCacheWithinLimit(engine, { maxBytes: 100 * MB, every: 0 })).toBe(0);
    expect(await keepCacheWithinLimit(engine, { maxBytes: 3 * MB, every: 0, now: Date.now() + 1000 })).toBeGreaterThan(
      2 * MB,
    );
    const again = await builder.build(folder, { args: ['-t', 'kept'] });
    expect(again.error).toBe('');
    expect(again.log).toMatch(/RUN dd if=\/dev\/urandom of=\/kept.*\n#\d+ CACHED/);
  });

  test('loses what was not used for 60 days, and mounts only beyond 512 MiB before that', async () => {
    const { engine } = await built();
    await keepCacheWithinLimit(engine, { every: 0, now: Date.now() + 3 * DAY });
    expect(await (await engine.cacheMounts()).list()).toHaveLength(1);
    await keepCacheWithinLimit(engine, { every: 0, now: Date.now() + 61 * DAY });
    expect(await (await engine.cacheMounts()).list()).toHaveLength(0);
    const left: string[] = [];
    for await (const { key } of (await engine.cache()).entries()) left.push(key);
    expect(left).toEqual([]);
  });

  test('is looked at once an hour, by a build whose limit can be given', async () => {
    const { builder, folder, engine } = await built();
    expect(await readdir(join(builder.root, 'cache'))).toContain('limit.checked');
    const limited = await builder.build(folder, { args: ['--cache-limit', '1mb'] });
    expect(limited.log).not.toContain('brought down');
    expect(await keepCacheWithinLimit(engine, { maxBytes: MB, now: Date.now() + 2 * 3600_000 })).toBeGreaterThan(0);
    expect((await builder.build(folder, { args: ['--cache-limit', 'much'] })).error).toContain(
      'a size such as 20gb, or none',
    );
    expect(await defaultCacheLimit(builder.root)).toBeGreaterThanOrEqual(10 * 1024 ** 3);
  });
});
