import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { digestHex } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { publishImage } from '../../src/pipeline/publish/publish.ts';
import { pushImage } from '../../src/registry/push.ts';
import { readHistory } from '../../src/release/history.ts';
import { type DebianRegistry, startDebianRegistry } from '../helpers/debian-registry.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';
import { live, mover, placeOf, pushVersions, versionedImage } from './fixture.ts';

const folder = await scratchFolder('release-registries');
const client = registryClient();
let debian: DebianRegistry;
let ours: TestRegistry;
let number = 0;

beforeAll(async () => {
  [debian, ours] = await Promise.all([startDebianRegistry(), startRegistry()]);
});

afterAll(async () => {
  client.close();
  await Promise.all([debian.close(), ours.close()]);
});

const journal = () => join(folder, `j${++number}`);

describe("in Debian's docker-registry", () => {
  test('a channel is released, rolled back, held, and remembered; nothing is left locked', async () => {
    const name = `${debian.host}/shop`;
    const digests = await pushVersions(client, [name], { '1.0.0': {}, '2.0.0': {} });
    const place = placeOf(client, name);
    const { release, rollback } = mover([place], journal());
    await release(digests['1.0.0']!);
    await release(digests['2.0.0']!);
    const back = await rollback('previous');
    expect(back).toMatchObject({ changed: true, fromVersion: '2.0.0', toVersion: '1.0.0', held: true });
    expect(await live(place)).toBe(digests['1.0.0']);
    await expect(release(digests['2.0.0']!)).rejects.toMatchObject({ code: 'channel-held' });
    expect((await readHistory(place.repository, 'production')).map(({ event }) => event)).toEqual([
      'release',
      'release',
      'rollback',
    ]);
    // it does not let a tag be deleted, so the lock stays and says that nobody holds it
    expect((await release(digests['2.0.0']!, { force: true })).changed).toBe(true);
  });

  test('and ours at once, byte for byte; a promotion copies from one to the other', async () => {
    const names = [`${debian.host}/both`, `${ours.host}/both`];
    const image = versionedImage('1.0.0');
    await publishImage({ client }, { image, names: names.map((name) => `${name}:1.0.0`) });
    const places = names.map((name) => placeOf(client, name));
    const moved = await mover(places, journal()).release(image.descriptor.digest);
    expect(moved.moves.map(({ state }) => state)).toEqual(['moved', 'moved']);
    const target = placeOf(client, `${ours.host}/promoted`);
    await mover([target], journal()).release(image.descriptor.digest, {
      action: 'promote',
      source: { place: places[0]!, digest: image.descriptor.digest },
    });
    expect(await live(target)).toBe(image.descriptor.digest);
  });

  test('tags do not move to a lower version', async () => {
    const name = `${debian.host}/guard`;
    await publishImage({ client }, { image: versionedImage('2.0.0'), names: [`${name}:2.0.0`, `${name}:latest`] });
    const [place] = await publishImage(
      { client },
      {
        image: versionedImage('1.9.0'),
        names: [`${name}:1.9.0`, `${name}:latest`],
        guard: { version: '1.9.0', highest: true },
      },
    );
    expect(place).toMatchObject({ tags: ['1.9.0'], kept: [{ tag: 'latest' }] });
  });
});

describe('a target', () => {
  test.each([MEDIA.ociManifest, MEDIA.dockerManifest])(
    'that is one %s stays that, and is no index',
    async (mediaType) => {
      for (const host of [debian.host, ours.host]) {
        const place = placeOf(client, `${host}/single${++number}`);
        const { release, rollback } = mover([place], journal());
        const index = versionedImage('1.0.0');
        await pushImage(client, index, parseReference(`${place.name}:1.0.0`));
        const content = new MemoryStore();
        const docker = mediaType === MEDIA.dockerManifest;
        const layer = content.put(docker ? MEDIA.dockerLayerGzip : MEDIA.ociLayerGzip, 'layer');
        const config = content.put(
          docker ? MEDIA.dockerConfig : MEDIA.ociConfig,
          '{"os":"linux","architecture":"amd64","config":{},"rootfs":{"type":"layers","diff_ids":[]}}',
        );
        // unusual spaces: only the original bytes have this digest
        const single = content.put(
          mediaType,
          JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }, undefined, 5),
        );
        await pushImage(client, { descriptor: single, content }, parseReference(`${place.name}:single`));
        await release(index.descriptor.digest);
        await release(single.digest);
        const { bytes, descriptor } = await place.repository.manifest('production');
        expect(descriptor).toEqual({ mediaType, digest: single.digest, size: single.size });
        expect(bytes.toString()).toContain('\n     ');
        await rollback('previous');
        expect(await live(place)).toBe(index.descriptor.digest);
        await rollback(single.digest, { force: true });
        expect(await live(place)).toBe(single.digest);
      }
    },
  );

  test('that is an artifact of a type nobody knows is moved like any other', async () => {
    const place = placeOf(client, `${ours.host}/artifact`);
    const content = new MemoryStore();
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      artifactType: 'application/vnd.example.thing',
      config: content.put('application/vnd.oci.empty.v1+json', '{}'),
      layers: [content.put('application/vnd.example.thing+cbor', 'thing')],
    };
    const descriptor = content.put(MEDIA.ociManifest, JSON.stringify(manifest));
    await pushImage(client, { descriptor, content }, parseReference(`${place.name}:1`));
    expect(await mover([place], journal()).release(descriptor.digest)).toMatchObject({ changed: true });
    expect(await live(place)).toBe(descriptor.digest);
  });

  test('whose manifest is of a type nobody knows is refused before anything moves', async () => {
    const place = placeOf(client, `${ours.host}/unknown`);
    const { release } = mover([place], journal());
    const good = randomImage();
    await pushImage(client, good, parseReference(`${place.name}:1`));
    await release(good.descriptor.digest);
    const mediaType = 'application/vnd.example.manifest.v9+json';
    const body = JSON.stringify({ schemaVersion: 9, mediaType });
    const answer = await fetch(`${ours.url}/v2/unknown/manifests/strange`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body,
    });
    const strange = `sha256:${'0'.repeat(64)}`;
    // a registry that takes it at all
    if (answer.status === 201) {
      const digest = answer.headers.get('docker-content-digest')!;
      const error = await release(digest as typeof good.descriptor.digest).catch((e: unknown) => e);
      expect(exitCodeOf(error)).toBe(65);
    } else expect(answer.status).toBe(400);
    await expect(release(strange as typeof good.descriptor.digest)).rejects.toMatchObject({ code: 'incomplete-image' });
    expect(await live(place)).toBe(good.descriptor.digest);
  });
});

test('an image of the first schema is refused as a target, by name', async () => {
  const path = `schema1-${++number}`;
  await using proxy = await startFaultProxy(ours.url);
  const good = randomImage();
  await pushImage(client, good, parseReference(`${ours.host}/${path}:good`));
  const place = placeOf(client, `${proxy.host}/${path}`);
  const { release, rollback } = mover([place], journal());
  await release(good.descriptor.digest);
  proxy.add({
    path: /manifests\/old$/,
    status: 200,
    headers: { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
    body: '{"schemaVersion":1,"name":"old","tag":"old"}',
    times: 9,
  });
  const error = await rollback('old').catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'schema-1' });
  expect(exitCodeOf(error)).toBe(65);
  expect(await live(place)).toBe(good.descriptor.digest);
});

test('the history of a channel is found among tags on many pages', async () => {
  const path = `pages${++number}`;
  await using proxy = await startFaultProxy(ours.url);
  const place = placeOf(client, `${proxy.host}/${path}`);
  const versions = await pushVersions(client, [place.name], { '1.0.0': {}, '2.0.0': {} });
  const { bytes, descriptor } = await place.repository.manifest('1.0.0');
  const put = (tag: string) => place.repository.pushManifest(bytes, descriptor.mediaType, tag);
  // alphabetically before and after the shadow tags, so that these are on a page of their own
  for (let i = 0; i < 1500; i++) await put(`${i % 2 ? 'a' : 'z'}${i}`);
  await put(`production.20260101T000000000Z.release.${digestHex(descriptor.digest).slice(0, 12)}`);
  const { release, rollback } = mover([place], journal());
  await release(versions['2.0.0']!);
  expect(await rollback('previous')).toMatchObject({ toDigest: versions['1.0.0'] });
  expect(proxy.seen.some(({ path: asked }) => /tags\/list\?.*last=/.test(asked))).toBe(true);
}, 30_000);
