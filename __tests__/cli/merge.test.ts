import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseReference } from '../../src/oci/reference.ts';
import { pushImage } from '../../src/registry/push.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage } from '../helpers/test-image.ts';
import { live, placeOf, versionedImage } from '../release/fixture.ts';

const folder = await scratchFolder('merge-command');
const cli = new CommandLine(join(folder, 'cli'));
const client = registryClient();
let registry: TestRegistry;
let other: TestRegistry;
let number = 0;

beforeAll(async () => {
  [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
});

afterAll(async () => {
  client.close();
  await Promise.all([registry.close(), other.close()]);
});

/** What the jobs of a matrix leave: two images by digest, no tag. */
async function matrix() {
  const name = `${registry.host}/merge${++number}`;
  const digests: string[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const image = randomImage([500], { os: 'linux', architecture });
    const { tag: _, ...bare } = parseReference(name);
    await pushImage(client, image, { ...bare, digest: image.descriptor.digest });
    digests.push(image.descriptor.digest);
  }
  const each = digests.flatMap((digest) => ['--digest', digest]);
  return { name, digests, each, path: `merge${number}` };
}

const at = (name: string, tag: string) => live(placeOf(client, name), tag);

describe('merge', () => {
  test('makes one index of all platforms, and a second time, in another order, the same', async () => {
    const { name, digests, each } = await matrix();
    const first = await cli.run(['merge', `${name}:1`, `${name}:latest`, ...each]);
    const index = await at(name, '1');
    expect(first).toEqual(expect.objectContaining({ code: 0, stderr: '' }));
    expect(first.stdout).toBe(`${index}: linux/amd64, linux/arm64\n${name}:1\n${name}:latest\n`);
    expect(await at(name, 'latest')).toBe(index);
    const before = registry.requests.length;
    const again = [...digests].reverse().flatMap((digest) => ['-d', `${name}@${digest}`]);
    const second = await cli.run(['merge', `${name}:1`, ...again, '--json', '--platform', 'linux/arm64,linux/amd64']);
    expect(JSON.parse(second.stdout)).toEqual({
      digest: index,
      platforms: ['linux/amd64', 'linux/arm64'],
      places: [{ repository: name, digest: index, tags: ['1'], kept: [] }],
    });
    expect(registry.requests.slice(before).filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  test('takes a folder of digests, and copies to a registry that has none of them', async () => {
    const { name, digests, path } = await matrix();
    await mkdir(join(cli.folder, 'cwd', path), { recursive: true });
    for (const digest of digests) await writeFile(join(cli.folder, 'cwd', path, digest.slice(7)), '');
    const copy = `${other.host}/copy${number}`;
    expect(await cli.run(['merge', `${name}:1`, `${copy}:1`, '-d', path])).toMatchObject({ code: 0 });
    expect(await at(copy, '1')).toBe(await at(name, '1'));
    for (const digest of digests) expect(await at(copy, digest)).toBe(digest);
  });

  test('refuses an incomplete set: nothing is tagged', async () => {
    const { name, digests } = await matrix();
    const missing = await cli.run([
      ...['merge', `${name}:1`, '-d', digests[0]!, '--platform', 'linux/amd64,linux/arm64'],
    ]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no digest is an image for linux/arm64'),
    });
    const nobody = `sha256:${'0'.repeat(64)}`;
    const unknown = await cli.run(['merge', `${name}:1`, '-d', digests[0]!, '-d', nobody]);
    expect(unknown).toMatchObject({
      code: 66,
      stderr: expect.stringContaining(`${name} does not have ${nobody}\nhint: each job`),
    });
    const extra = await cli.run([
      'merge',
      `${name}:1`,
      ...digests.flatMap((d) => ['-d', d]),
      '--platform',
      'linux/amd64',
    ]);
    expect(extra).toMatchObject({ code: 1, stderr: expect.stringContaining('there is an image for linux/arm64') });
    expect(await at(name, '1')).toBeUndefined();
  });

  test('refuses an image whose layer a cleaner took', async () => {
    const { name, digests, each } = await matrix();
    const repository = client.repository(parseReference(name));
    const { bytes } = await repository.manifest(digests[1]!);
    await repository.delete({ blob: JSON.parse(bytes.toString()).layers[0].digest });
    const broken = await cli.run(['merge', `${name}:1`, ...each]);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not whole: layer of manifest/) });
    expect(await at(name, '1')).toBeUndefined();
  });

  test('refuses two images for one platform, and no digests at all', async () => {
    const { name, each } = await matrix();
    const twin = randomImage([9], { os: 'linux', architecture: 'arm64' });
    await pushImage(client, twin, { ...parseReference(name), digest: twin.descriptor.digest });
    const twice = await cli.run(['merge', `${name}:1`, ...each, '-d', twin.descriptor.digest]);
    expect(twice).toMatchObject({ code: 65, stderr: expect.stringContaining('two of the digests are images for') });
    await mkdir(join(cli.folder, 'cwd/empty'), { recursive: true });
    expect(await cli.run(['merge', `${name}:1`, '-d', 'empty'])).toMatchObject({ code: 65 });
    expect((await cli.run(['merge', `${name}:1`])).code).toBe(125);
    expect(await cli.run(['merge', `${name}:1`, '-d', 'nowhere'])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('--digest: expected a digest or a folder, found "nowhere"'),
    });
  });

  test('leaves tags that name a higher version, and writes capitals small', async () => {
    const { name, each, path } = await matrix();
    const newer = versionedImage('2.0.0');
    await pushImage(client, newer, parseReference(`${name}:2.0.0`), { tags: ['latest'] });
    const capital = `${registry.host}/${path.toUpperCase()}`;
    const merged = await cli.run(['merge', `${capital}:1.9.0`, `${name}:latest`, ...each, '--version', '1.9.0']);
    expect(merged).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/is written[\s\S]*latest stays: .* 2\.0\.0/),
    });
    expect(await at(name, 'latest')).toBe(newer.descriptor.digest);
    expect((await cli.run(['merge', `${name}:1`, ...each, '--version', 'main'])).code).toBe(125);
  });
});

describe('plan', () => {
  test('gives each platform a runner of its kind', async () => {
    const planned = await cli.run(['plan', 'linux/amd64,linux/arm64', 'linux/riscv64']);
    expect(planned.stdout).toMatch(/linux\/amd64 +ubuntu-latest *\nlinux\/arm64 +ubuntu-24\.04-arm *\n/);
    expect(planned.stdout).toMatch(/linux\/riscv64 +ubuntu-latest +not native/);
    const { stdout } = await cli.run(['plan', '--platform', 'linux/arm64', '--runner', 'linux/arm64=ours', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      include: [{ platform: 'linux/arm64', runner: 'ours', name: 'linux-arm64', native: true }],
    });
  });

  test('takes the platforms of containerize.yml, and says when there are none', async () => {
    const none = await cli.run(['plan']);
    expect(none).toMatchObject({ code: 125, stderr: expect.stringContaining('which platforms?') });
    const file = join(cli.folder, 'cwd/containerize.yml');
    await writeFile(file, 'build: { context: ., platforms: [linux/arm64] }\n');
    expect(JSON.parse((await cli.run(['plan', '--json'])).stdout)).toMatchObject({
      include: [{ name: 'linux-arm64' }],
    });
    expect((await cli.run(['plan', '--runner', 'arm'])).code).toBe(65);
    expect((await cli.run(['plan', 'a/b/c/d'])).code).toBe(65);
  });
});
