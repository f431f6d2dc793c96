import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyGraph } from '../../src/content/copy.ts';
import { Containerize } from '../../src/pipeline/api.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { versionedImage } from '../release/fixture.ts';

const folder = await scratchFolder('api-publish');
const { engine: opened } = new CommandLine(join(folder, 'cli'));
let one: TestRegistry;
let two: TestRegistry;
let library: Containerize;

beforeAll(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
  library = new Containerize(await opened);
});

afterAll(() => Promise.all([one.close(), two.close()]));

/** Puts an image into the store. */
async function stored(version: string) {
  const image = versionedImage(version);
  await copyGraph(image.content, await library.engine.content(), image.descriptor);
  await (await library.engine.refs()).set(`docker.io/library/app:${version}`, image.descriptor);
  return image;
}

test('the library publishes to several registries, and no tag goes down', async () => {
  const [older, newer] = [await stored('1.0.0'), await stored('1.1.0')];
  const names = (version: string) => [one, two].flatMap(({ host }) => [`${host}/app:${version}`, `${host}/app:latest`]);
  const first = await library.publish('app:1.1.0', names('1.1.0'), { version: '1.1.0' });
  expect(first).toMatchObject([
    { repository: `${one.host}/app`, digest: newer.descriptor.digest, tags: ['1.1.0', 'latest'], kept: [] },
    { repository: `${two.host}/app`, digest: newer.descriptor.digest },
  ]);
  const second = await library.publish('app:1.0.0', names('1.0.0'), { version: '1.0.0' });
  expect(second.map(({ tags, kept }) => [tags, kept.map(({ tag }) => tag)])).toEqual([
    [['1.0.0'], ['latest']],
    [['1.0.0'], ['latest']],
  ]);
  const digests = older.manifests.map(({ digest }) => digest);
  const platforms = ['linux/amd64', 'linux/arm64'];
  const merged = await library.merge([`${one.host}/app:merged`], digests, { platforms });
  expect(merged).toMatchObject({ platforms, places: [{ tags: ['merged'] }] });
  await expect(library.merge([`${one.host}/app:merged`], digests.slice(1), { platforms })).rejects.toMatchObject({
    code: 'platform-missing',
  });
});
