import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CacheRecord } from '../../src/cache/cache.ts';
import type { ContainerRecord } from '../../src/container/record.ts';
import { acquireLease } from '../../src/content/lease.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { ownerToken } from '../../src/owner.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('cli-prune');
let next = 0;

async function setUp() {
  const cli = new CommandLine(join(folder, `cli-${next++}`));
  const engine = await cli.engine;
  const [store, refs, cache, mounts] = [
    await engine.content(),
    await engine.refs(),
    await engine.cache(),
    await engine.cacheMounts(),
  ];
  const old = await busyboxImage(store, { created: '2020-01-01T00:00:00Z', config: { Labels: { keep: 'yes' } } });
  const lost = await busyboxImage(store, { created: '2024-01-01T00:00:00Z', files: { app: 'x'.repeat(5000) } });
  await refs.set('docker.io/library/old:1', old.descriptor);
  await refs.addUntagged(lost.descriptor);
  const step = await store.put(MEDIA.ociLayer, 'a layer of a step that is in no image');
  await cache.put(sha256('step'), recordOf(step));
  await cache.put(sha256('in image'), recordOf(old.layers[0]!.descriptor));
  const held = await mounts.hold('npm', { sharing: 'shared' });
  await writeFile(join(held.path, 'package'), Buffer.alloc(20_000));
  await held.release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { cli, store, refs, cache, mounts, old, lost, step };
}

function recordOf(...layers: Descriptor[]): CacheRecord {
  return {
    config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers.map((l) => l.digest) } },
    layers,
    created: '2024-01-01T00:00:00Z',
    inputs: {},
  };
}

function recordOfContainer(image: Awaited<ReturnType<typeof busyboxImage>>): ContainerRecord {
  return {
    version: 1,
    id: 'd'.repeat(64),
    name: 'web',
    created: '2024-01-01T00:00:00Z',
    image: {
      name: 'old:1',
      id: image.configDescriptor.digest,
      manifest: image.descriptor,
      platform: { os: 'linux', architecture: 'amd64' },
    },
    imageConfig: {},
    options: { command: [] },
    args: ['sh'],
    mounts: [],
  };
}

/** As another process would name itself. */
function tokenOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [, , ...kernel] = ownerToken().split('-');
  return [pid, stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19], ...kernel].join('-');
}

const noExit = { exitCode: 127, oomKilled: false, durationMs: 0 };

const row = (out: string, type: string) =>
  out
    .split('\n')
    .find((line) => line.startsWith(type))!
    .slice(16)
    .split(/ {2,}/);

describe('system df', () => {
  test('counts every blob once, and tells what could be freed', async () => {
    const { cli, old, lost, step } = await setUp();
    const out = await cli.ok([
      'system',
      'df',
      '--format',
      'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}',
    ]);
    expect(out.split('\n')[0]).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$/);
    const images = row(out, 'Images');
    expect(images.slice(0, 2)).toEqual(['2', '0']);
    expect(images[3]).toMatch(/\(100%\)$/);
    expect(row(out, 'Containers')).toEqual(['0', '0', '0B', '0B']);
    expect(row(out, 'Build Cache').slice(0, 2)).toEqual(['3', '0']);
    const { diskUsage } = await import('../../src/pipeline/store/disk-usage.ts');
    const usage = await diskUsage(await cli.engine);
    const blobs = new Map(
      [old, lost].flatMap((i) =>
        [i.descriptor, i.configDescriptor, ...i.layers.map((l) => l.descriptor)].map((d) => [d.digest, d.size]),
      ),
    );
    expect(usage.imageBytes).toBe([...blobs.values()].reduce((a, b) => a + b, 0));
    expect(usage.cacheBytes).toBeGreaterThanOrEqual(step.size + 20_000);
    expect(usage.cacheBytes).toBeLessThan(step.size + 40_000);
    const verbose = await cli.ok(['system', 'df', '-v']);
    for (const part of [
      'Images space usage:',
      'old ',
      '<none>',
      'Local Volumes space usage:',
      'Build cache usage:',
      'exec.cachemount',
    ])
      expect(verbose).toContain(part);
  });
});

describe('system prune', () => {
  test('asks, and does nothing unless the answer is yes', async () => {
    const { cli } = await setUp();
    for (const answer of ['n\n', '', '\n', 'yesterday\n']) {
      const out = await cli.ok(['system', 'prune'], answer);
      expect(out).toContain('all dangling images');
      expect(out).not.toContain('reclaimed');
    }
    expect(await cli.ok(['system', 'prune'], 'y\n')).toContain('Total reclaimed space: ');
  });

  test('takes what has no name and cache of no image; names, their cache and cache mounts stay', async () => {
    const { cli, store, cache, mounts, old, lost, step } = await setUp();
    const out = await cli.ok(['system', 'prune', '-f']);
    expect(out).toContain(`Deleted Images:\ndeleted: ${lost.configDescriptor.digest}\n`);
    expect(out).toContain('Deleted build cache objects:\n');
    expect([await store.has(lost.layers[1]!.descriptor), await store.has(step)]).toEqual([false, false]);
    expect(await store.has(old.layers[0]!.descriptor)).toBe(true);
    expect(await cache.get(sha256('in image'))).toBeDefined();
    expect(await mounts.list()).toHaveLength(1);
  });

  test('with --all takes everything that no container uses', async () => {
    const { cli, mounts, cache } = await setUp();
    const out = await cli.ok(['system', 'prune', '-af', '--volumes']);
    expect(out).toContain('untagged: old:1');
    expect(await cli.ok(['images', '-q'])).toBe('');
    expect(await mounts.list()).toEqual([]);
    expect(await cache.get(sha256('in image'))).toBeUndefined();
    const left: string[] = [];
    for await (const { digest } of (await (await cli.engine).content()).list()) left.push(digest);
    expect(left).toEqual([]);
  });

  test('respects --filter until and label, and leaves the cache alone with labels', async () => {
    const { cli, cache } = await setUp();
    await cli.ok(['system', 'prune', '-af', '--filter', 'until=2022-01-01T00:00:00Z', '--filter', 'label!=keep']);
    expect((await cli.ok(['images', '-q'])).split('\n')).toHaveLength(3);
    await cli.ok(['image', 'prune', '-af', '--filter', 'label=keep=yes']);
    expect(await cli.ok(['images', '--format', '{{.Repository}}'])).toBe('<none>\n');
    expect(await cache.get(sha256('step'))).toBeDefined();
    expect(await cli.run(['system', 'prune', '-f', '--filter', 'until=soon'])).toMatchObject({ code: 125 });
  });

  test('does not take what a running pull or build has brought in or asked for', async () => {
    const { cli, store, step } = await setUp();
    const lease = await acquireLease(store);
    const fresh = await store.put(MEDIA.ociLayer, 'just pulled');
    await store.has(step);
    await cli.ok(['system', 'prune', '-af']);
    expect([await store.has(fresh), await store.has(step)]).toEqual([true, true]);
    await lease.release();
  });

  test('and two builds at once do not hinder each other', async () => {
    const { cli, store } = await setUp();
    const lease = await acquireLease(store);
    const results = await Promise.all([
      cli.run(['system', 'prune', '-af']),
      cli.run(['system', 'prune', '-af']),
      cli.run(['image', 'prune', '-f']),
    ]);
    expect(results.map((r) => r.code)).toEqual([0, 0, 0]);
    await lease.release();
  });
});

describe('builder prune', () => {
  test('takes what was not used for a time, or what is above a size', async () => {
    const { cli, cache, step } = await setUp();
    const path = join(cache.folder, sha256('step').slice(7, 9), `${sha256('step').slice(7)}.json`);
    expect(await cli.ok(['builder', 'prune', '-f', '--filter', 'until=24h'])).toBe('Total reclaimed space: 0B\n');
    await utimes(path, Date.now() / 1000 - 90_000, Date.now() / 1000 - 90_000);
    expect(await cli.ok(['builder', 'prune', '-f', '--filter', 'until=24h'])).toContain(
      `Total reclaimed space: ${step.size}B`,
    );
    expect(await cache.get(sha256('step'))).toBeUndefined();
    await cli.ok(['builder', 'prune', '-af', '--keep-storage', '10gb']);
    expect(await cache.get(sha256('in image'))).toBeDefined();
    await cli.ok(['builder', 'prune', '-af', '--keep-storage', '1k']);
    expect(await cache.get(sha256('in image'))).toBeUndefined();
    expect(await cli.run(['builder', 'prune', '--keep-storage', 'much'])).toMatchObject({ code: 125 });
  });
});

describe('container prune', () => {
  test('leaves a container that another command has just made, and is about to start', async () => {
    const { cli, old } = await setUp();
    const { services } = await (await cli.engine).containers();
    const maker = spawn('sleep', ['100']);
    try {
      const record = { ...recordOfContainer(old), maker: tokenOf(maker.pid!) };
      await mkdir(services.store.path(record.id), { recursive: true });
      await services.store.writeRecord(record);
      expect(await cli.ok(['system', 'prune', '-f'])).not.toContain(record.id);
      await services.store.writeState(record.id, { status: 'created', exit: noExit, error: 'could not be started' });
      expect(await cli.ok(['container', 'prune', '-f'])).toContain(`Deleted Containers:\n${record.id}\n`);
      await mkdir(services.store.path(record.id), { recursive: true });
      await services.store.writeRecord(record);
      expect(await cli.ok(['container', 'prune', '-f'])).toBe('Total reclaimed space: 0B\n');
    } finally {
      maker.kill('SIGKILL');
      await once(maker, 'exit');
    }
    expect(await cli.ok(['container', 'prune', '-f'])).toContain('Deleted Containers:');
  });

  test('removes containers that do not run', async () => {
    const { cli, old } = await setUp();
    const record = recordOfContainer(old);
    const { id } = record;
    const path = join((await cli.engine).settings.root, 'containers', id);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'config.json'), JSON.stringify(record));
    expect(await cli.ok(['system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Active}}'])).toContain(
      'Images 2 1\nContainers 1 0\n',
    );
    expect(await cli.ok(['container', 'prune', '-f', '--filter', 'until=2023-01-01'])).toBe(
      'Total reclaimed space: 0B\n',
    );
    expect(await cli.ok(['container', 'prune', '-f'])).toContain(`Deleted Containers:\n${id}\n`);
    expect(await cli.ok(['system', 'df', '--format', '{{.Type}} {{.TotalCount}}'])).toContain('Containers 0\n');
  });
});
