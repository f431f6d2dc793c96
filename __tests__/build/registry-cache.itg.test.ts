import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
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

let registry: TestRegistry;
const builders = await Promise.all(Array.from({ length: 7 }, () => Builder.open('registry-cache')));

beforeAll(async () => {
  registry = await startRegistry();
});

afterAll(() => registry.close());

const blobsFetched = (requests: readonly string[]) =>
  requests.filter((r) => /^GET \/v2\/[^ ]*\/blobs\//.test(r)).length;

describe('a build cache in a registry', () => {
  test('carries every step to a machine that has nothing, and brings only the layers of the result', async () => {
    const [first, second] = [builders.pop()!, builders.pop()!];
    const cache = `type=registry,ref=${registry.host}/app:cache,mode=max`;
    const folder = await first.context({ Dockerfile: DOCKERFILE, app: 'one\n' });
    const built = await first.build(folder, { args: ['-t', 'result', '--cache-to', cache] });
    expect(built.error).toBe('');
    registry.requests.length = 0;
    const again = await second.build(folder, { args: ['-t', 'result', '--cache-from', cache] });
    expect(again.error).toBe('');
    expect(again.log).not.toMatch(/not cached/);
    expect(again.log.match(/CACHED/g)?.length).toBeGreaterThanOrEqual(5);
    // the records, and four layers of the result; the 3 MB of the stage stay where they are
    expect(blobsFetched(registry.requests)).toBe(5);

    // what did not change is found; what did is built on layers that are fetched for it
    await writeFile(join(folder, 'app'), 'two\n');
    const changed = await builders
      .pop()!
      .build(folder, { args: ['-t', 'result', '--cache-from', cache, '--cache-to', cache] });
    expect(changed.error).toBe('');
    expect(changed.log).toMatch(/RUN date.*\n#\d+ CACHED/);
    expect(changed.log).toMatch(/COPY app \/app\n(?!#\d+ CACHED)/);

    // and the cache that was written still has the stage that nobody fetched
    registry.requests.length = 0;
    const third = await builders
      .pop()!
      .build(folder, { args: ['--target', 'tools', '-t', 'tools', '--cache-from', cache] });
    expect(third.error).toBe('');
    expect(third.log).toMatch(/RUN dd.*\n#\d+ CACHED/);
  }, 60_000);

  test('that lost a layer, or has a damaged one, costs time and not the build', async () => {
    const [first, second] = [builders.pop()!, builders.pop()!];
    await using proxy = await startFaultProxy(registry.url);
    const cache = `type=registry,ref=${proxy.host}/damaged:cache`;
    const folder = await first.context({ Dockerfile: DOCKERFILE, app: 'one\n' });
    expect((await first.build(folder, { args: ['-t', 'result', '--cache-to', cache] })).error).toBe('');
    proxy.add({ method: 'GET', path: /\/blobs\/sha256:(?!.*config)/, corrupt: true, times: 1 });
    const noCache = await second.build(folder, { args: ['-t', 'result', '--cache-from', cache] });
    expect(noCache.error).toBe('');
    expect(noCache.log + noCache.error).toMatch(/no cache from|building again without that cache/);
    await second.build(folder, { args: ['-t', 'result', '--no-cache'] });
    const bundle = (await (await fetch(`${registry.url}/v2/damaged/manifests/cache`)).json()) as {
      layers: { digest: string }[];
    };
    proxy.add({
      method: 'GET',
      path: new RegExp(bundle.layers.map((l) => l.digest).join('|')),
      corrupt: true,
      times: 20,
    });
    const third = builders.pop()!;
    const damaged = await third.build(folder, { args: ['-t', 'result', '--cache-from', cache] });
    expect(damaged.error).toBe('');
    expect(damaged.log).toMatch(/building again without that cache/);
  }, 60_000);
});
