import { mkdtemp, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestCacheService } from '../helpers/cache-service.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { Builder } from './builder.ts';

const scratch = await scratchFolder('saved-mounts');
const builders = await Promise.all(Array.from({ length: 20 }, () => Builder.open('saved-mounts')));
let service: TestCacheService;
let registry: TestRegistry;

beforeAll(async () => {
  service = await TestCacheService.start();
  registry = await startRegistry();
});

afterAll(async () => {
  await service.close();
  await registry.close();
});

/** A machine that has nothing but the base image. */
function machine(): Builder {
  const builder = builders.pop()!;
  builder.env = { PATH: process.env.PATH ?? '', ...service.env() };
  builder.self = [process.execPath, '--disable-warning=ExperimentalWarning', resolve('src/cli/entry.ts')];
  return builder;
}

/** A step that counts its executions in a cache mount; the text makes it another step. */
const counting = (text: string, options = '') =>
  `FROM busybox\nRUN --mount=type=cache,target=/c,id=count${options} echo run >> /c/runs; echo ${text}; echo there are $(wc -l < /c/runs)\n`;

describe.each(['local', 'registry', 'gha'])('a cache mount in a cache of type %s', (type) => {
  const place = async () => {
    const folder = await mkdtemp(join(scratch, 'cache-'));
    const name = folder.slice(folder.lastIndexOf('-') + 1).toLowerCase();
    if (type === 'local') return [`type=local,src=${folder}/c`, `type=local,dest=${folder}/c`] as const;
    const both = type === 'gha' ? `type=gha,scope=${name}` : `type=registry,ref=${registry.host}/mounts/${name}:cache`;
    return [both, both] as const;
  };

  test('goes on where the last run left it, on another machine, and only when a step runs', async () => {
    const [from, to] = await place();
    const args = ['-t', 'result', '--cache-from', from, '--cache-to', to];
    const one = await machine().ok(counting('one'), { args });
    expect(one.log).toContain('there are 1');
    const hit = machine();
    const same = await hit.ok(counting('one'), { args });
    expect(same.log).toMatch(/CACHED/);
    expect(same.log).not.toMatch(/restored/);
    // nobody ran with it: nothing was unpacked
    expect(await readdir(join(hit.root, 'cache', 'mounts')).catch(() => [])).toEqual([]);
    const two = await machine().ok(counting('two'), { args });
    expect(two.log).toMatch(/cache mount count: \d+ bytes restored from .* in \d/);
    expect(two.log).toContain('there are 2');
    const three = await machine().ok(counting('three'), { args });
    expect(three.log).toContain('there are 3');
  }, 60_000);
});

describe('cache mounts that persist', () => {
  const both = async () => {
    const folder = join(await mkdtemp(join(scratch, 'cache-')), 'c');
    return { from: `type=local,src=${folder}`, to: `type=local,dest=${folder}`, folder };
  };

  test('are apart by sharing and owner, keep owners, modes, links and times, and leave out nothing', async () => {
    const { from, to } = await both();
    const make = `FROM busybox
RUN --mount=type=cache,target=/c,id=tree,uid=1000,gid=1000,mode=0750 cd /c; mkdir d; echo x > d/f; ln d/f hard; ln -s /etc/passwd sym; chmod 4711 hard; chown 7:8 d; touch -d @1000000000 d
`;
    await machine().ok(make, { args: ['--cache-to', to] });
    const look = `FROM busybox
RUN --mount=type=cache,target=/c,id=tree,uid=1000,gid=1000 stat -c '%n %a %u:%g %h %F' /c /c/d /c/hard /c/sym; stat -c %Y /c/d; readlink /c/sym
`;
    const seen = await machine().ok(look, { args: ['--cache-from', from] });
    for (const line of [
      '/c 750 1000:1000 ',
      '/c/d 755 7:8 ',
      '/c/hard 4711 0:0 2 regular',
      '/c/sym 777 0:0 1 symbolic link',
      '1000000000',
      '/etc/passwd',
    ])
      expect(seen.log).toContain(line);
    const other = await machine()
      .ok(look.replace(',uid=1000,gid=1000', ''), { args: ['--cache-from', from] })
      .catch((error: Error) => error.message);
    expect(JSON.stringify(other)).not.toContain('restored');
  }, 60_000);

  test('keep within their budget: the least recently used goes', async () => {
    const { from, to } = await both();
    const step = (id: string) =>
      `FROM busybox\nRUN --mount=type=cache,target=/c,id=${id} [ -e /c/f ] && echo ${id} is there; dd if=/dev/urandom of=/c/f bs=1000 count=300 2>/dev/null\n`;
    const builder = machine();
    const args = ['--cache-from', from, '--cache-to', `${to},mounts=700kb`];
    await builder.ok(step('old'), { args });
    await builder.ok(step('middle'), { args });
    await builder.ok(step('new'), { args });
    const last = await machine().ok(
      `${step('old')}${step('middle').replace('FROM busybox\n', '')}${step('new').replace('FROM busybox\n', '')}`,
      { args: ['--cache-from', from, '--no-cache'] },
    );
    expect(last.log).not.toContain('old is there\n');
    expect(last.log).toContain('middle is there');
    expect(last.log).toContain('new is there');
    const none = await machine().ok(step('none'), { args: ['--cache-to', `${to},mounts=none`] });
    expect(none.log).not.toContain('packing cache mount');
  }, 60_000);

  test('begin empty when their archive is damaged: said, and the build goes on', async () => {
    const { from, to, folder } = await both();
    await machine().ok(counting('one'), { args: ['--cache-to', to] });
    const { LayoutStore } = await import('../../src/content/layout-store.ts');
    const store = await LayoutStore.open(folder);
    const { readFile, writeFile } = await import('node:fs/promises');
    const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as {
      manifests: { digest: never }[];
    };
    const manifest = JSON.parse(await readFile(store.blobPath(manifests[0]!.digest), 'utf8')) as {
      layers: { mediaType: string; digest: never }[];
    };
    const archive = manifest.layers.find(({ mediaType }) => mediaType.includes('.mount.'))!;
    const bytes = await readFile(store.blobPath(archive.digest));
    bytes[bytes.length >> 1]! ^= 0xff;
    await writeFile(store.blobPath(archive.digest), bytes);
    const again = await machine().ok(counting('two'), { args: ['--cache-from', from] });
    expect(again.log).toMatch(/cache mount count begins empty: .*/);
    expect(again.log).toContain('there are 1');
  }, 60_000);
});
