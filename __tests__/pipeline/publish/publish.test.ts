import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exitCodeOf } from '../../../src/cli/exit-code.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import { type PublishRequest, publishImage } from '../../../src/pipeline/publish/publish.ts';
import { pushImage } from '../../../src/registry/push.ts';
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../../helpers/registry.ts';
import { registryClient } from '../../helpers/registry-client.ts';
import { live, placeOf, versionedImage } from '../../release/fixture.ts';

const client = registryClient();
let one: TestRegistry;
let two: TestRegistry;
let proxy: FaultProxy;
let number = 0;

beforeAll(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
  proxy = await startFaultProxy(two.url);
});

afterAll(async () => {
  client.close();
  await proxy.close();
  await Promise.all([one.close(), two.close()]);
});

function publish(request: PublishRequest) {
  return publishImage({ client }, request);
}

/** A name that no other test uses, in the first registry, the second, and the second behind the proxy. */
function names() {
  const path = `publish${++number}`;
  return { a: `${one.host}/${path}`, b: `${two.host}/${path}`, behind: `${proxy.host}/${path}`, path };
}

const at = (name: string, tag: string) => live(placeOf(client, name), tag);

/** Puts an image of this version there, under its version and other tags. */
async function there(name: string, version: string, tags: string[] = []) {
  const image = versionedImage(version);
  await pushImage(client, image, parseReference(`${name}:${version}`), { tags });
  return image.descriptor.digest;
}

async function fails(promise: Promise<unknown>): Promise<Error & { code?: string; hint?: string }> {
  return promise.then(
    () => new Error('it did not fail'),
    (error) => error,
  );
}

describe('an image goes to several registries', () => {
  test('everywhere under its digest before the first tag, latest last, and each tag is looked at again', async () => {
    const { a, b, path } = names();
    const image = versionedImage('1.0.0');
    const { digest } = image.descriptor;
    const before = [one.requests.length, two.requests.length];
    const places = await publish({ image, names: [`${a}:latest`, `${a}:1.0.0`, `${b}:1.0.0`] });
    expect(places).toEqual([
      { repository: a, digest, tags: ['1.0.0', 'latest'], kept: [] },
      { repository: b, digest, tags: ['1.0.0'], kept: [] },
    ]);
    const seen = one.requests.slice(before[0]).filter((line) => line.includes(`/${path}/manifests/`));
    const order = seen.filter((line) => line.startsWith('PUT')).map((line) => line.split(/[ /]/).at(-2));
    expect(order.slice(-3)).toEqual([digest, '1.0.0', 'latest']);
    expect(seen.at(-1)).toMatch(/^HEAD .*\/latest 200/);
  });

  test('capitals in an owner are written small, and that is said', async () => {
    const { a, path } = names();
    const warnings: string[] = [];
    const progress = { start: () => task(), warn: (message: string) => warnings.push(message) };
    const name = `${one.host}/Octo-Org/${path}:Tag`;
    await publish({ image: versionedImage('1.0.0'), names: [name], progress });
    expect(await at(`${one.host}/octo-org/${path}`, 'Tag')).toBeDefined();
    expect(warnings).toEqual([`${name} is written ${one.host}/octo-org/${path}:Tag: repositories are in lower case`]);
    expect(await at(a, 'Tag')).toBeUndefined();
  });

  test('by digest only when a tag is not wanted', async () => {
    const { a } = names();
    const image = versionedImage('1.0.0');
    await publish({ image, names: [a], byDigest: true });
    expect(await at(a, image.descriptor.digest)).toBe(image.descriptor.digest);
    expect(await at(a, 'latest')).toBeUndefined();
  });

  test('a second time nothing is sent and no tag is put, so that immutable tags are no trouble', async () => {
    const { behind } = names();
    const image = versionedImage('1.0.0');
    await publish({ image, names: [`${behind}:1`] });
    const before = proxy.seen.length;
    await publish({ image, names: [`${behind}:1`] });
    expect(proxy.seen.slice(before).filter(({ method }) => method !== 'HEAD')).toEqual([]);
  });

  test.each(['ghcr.io/', 'ghcr.io//x:1', `ghcr.io/o/app:${'x'.repeat(129)}`, 'ghcr.io/o/app:a b'])(
    'and %s is refused before anything is sent',
    async (name) => {
      const { a } = names();
      const error = await fails(publish({ image: versionedImage('1.0.0'), names: [`${a}:1`, name] }));
      expect([error.code, exitCodeOf(error)]).toEqual(['invalid-reference', 65]);
      expect(await at(a, '1')).toBeUndefined();
    },
  );
});

describe('a registry that fails', () => {
  test('before the tags: no registry has a tag, and who has what is said', async () => {
    const { a, behind, b } = names();
    const image = versionedImage('1.0.0');
    proxy.add({ method: 'POST', path: /uploads/, status: 403, body: '{"errors":[{"code":"DENIED"}]}', times: 9 });
    const error = await fails(publish({ image, names: [`${a}:1`, `${behind}:1`] }));
    proxy.left().length = 0;
    expect([error.code, exitCodeOf(error)]).toEqual(['not-published', 77]);
    expect(error.message).toMatch(
      new RegExp(`no tag was set:\n  ${behind}: POST .*403 DENIED\n  ${a}: has ${image.descriptor.digest}, without`),
    );
    expect([await at(a, '1'), await at(b, '1')]).toEqual([undefined, undefined]);
  });

  test('between tags: what is set is said, latest is set nowhere, and a second push mends it', async () => {
    const { a, behind, b } = names();
    const image = versionedImage('1.0.0');
    const request = { image, names: [`${a}:latest`, `${a}:1.0.0`, `${behind}:1.0.0`, `${behind}:latest`] };
    proxy.add({ method: 'PUT', path: /manifests\/1\.0\.0$/, status: 429, times: 99 });
    const error = await fails(publish(request));
    proxy.left().length = 0;
    expect([error.code, exitCodeOf(error)]).toEqual(['published-in-part', 4]);
    expect(error.message).toContain(`  ${a}: 1.0.0 → ${image.descriptor.digest}`);
    expect(error.hint).toContain('push again: it sets the rest');
    expect([await at(a, 'latest'), await at(b, 'latest'), await at(b, '1.0.0')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    await publish(request);
    expect(await at(b, 'latest')).toBe(image.descriptor.digest);
  });

  test('alone speaks for itself', async () => {
    const { behind } = names();
    proxy.add({ method: 'POST', path: /uploads/, status: 401, times: 9 });
    const error = await fails(publish({ image: versionedImage('1'), names: [`${behind}:1`] }));
    proxy.left().length = 0;
    expect([error.code, exitCodeOf(error)]).toEqual(['unauthorized', 77]);
  });

  test('by keeping something else under the tag is found out', async () => {
    const { behind } = names();
    const foreign = `sha256:${'a'.repeat(64)}`;
    proxy.add(
      { method: 'HEAD', path: /manifests\/1$/, status: 404 },
      {
        method: 'HEAD',
        path: /manifests\/1$/,
        setHeaders: { 'docker-content-digest': foreign },
        times: 3,
      },
    );
    const error = await fails(publish({ image: versionedImage('1'), names: [`${behind}:1`] }));
    expect(error).toMatchObject({ code: 'push-lost', message: expect.stringContaining(`names ${foreign} after`) });
    proxy.left().length = 0;
  });

  test('to let a tag move says which image it keeps, and what to do', async () => {
    const { b, behind } = names();
    const old = await there(b, '1.0.0');
    const answer =
      '{"errors":[{"code":"TAG_INVALID","message":"The image tag 1.0.0 already exists and is immutable"}]}';
    proxy.add({ method: 'PUT', path: /manifests\/1\.0\.0$/, status: 400, body: answer });
    const error = await fails(publish({ image: versionedImage('1.0.0'), names: [`${behind}:1.0.0`] }));
    expect(error).toMatchObject({
      code: 'immutable-tag',
      message: expect.stringContaining(`${behind}:1.0.0 names ${old}, and the registry does not let it be moved`),
      hint: expect.stringContaining('push under a new version'),
    });
    expect(exitCodeOf(error)).toBe(1);
  });

  test('to show a tag at once is given a moment', async () => {
    const { behind } = names();
    proxy.add({ method: 'HEAD', path: /manifests\/1$/, status: 404, times: 2 });
    expect(await publish({ image: versionedImage('1'), names: [`${behind}:1`] })).toMatchObject([{ tags: ['1'] }]);
  });
});

describe('tags do not move to a lower version', () => {
  const guard = (version: string, more: object = {}) => ({ version, ...more });

  test('when they name a higher one: latest and 1 stay, the version itself is set', async () => {
    const { a } = names();
    const newer = await there(a, '1.3.0', ['latest', '1', '1.2']);
    const image = versionedImage('1.2.9');
    const [place] = await publish({
      image,
      names: ['1.2.9', '1', 'latest'].map((tag) => `${a}:${tag}`),
      guard: guard('1.2.9'),
    });
    expect(place).toMatchObject({ tags: ['1.2.9'], kept: [{ tag: '1' }, { tag: 'latest' }] });
    expect(place!.kept[0]!.why).toBe('1 names 1.3.0, which is higher than 1.2.9');
    expect([await at(a, 'latest'), await at(a, '1')]).toEqual([newer, newer]);
    await publish({ image, names: [`${a}:latest`] });
    expect(await at(a, 'latest')).toBe(image.descriptor.digest);
  });

  test('but up, and away from an image whose version is only its base’s', async () => {
    const { a } = names();
    await there(a, '1.0.0', ['latest']);
    const image = versionedImage('1.1.0');
    await publish({ image, names: [`${a}:latest`], guard: guard('1.1.0') });
    expect(await at(a, 'latest')).toBe(image.descriptor.digest);
    const { b } = names();
    await pushImage(client, versionedImage('24.4.0'), parseReference(`${b}:latest`));
    await publish({ image, names: [`${b}:latest`], guard: guard('1.1.0') });
    expect(await at(b, 'latest')).toBe(image.descriptor.digest);
  });

  test('in one registry because another one has a higher version there: they do not drift apart', async () => {
    const { a, b } = names();
    await there(a, '2.0.0', ['latest']);
    const image = versionedImage('1.5.0');
    const places = await publish({ image, names: [`${a}:latest`, `${b}:latest`, `${b}:1.5.0`], guard: guard('1.5.0') });
    expect(places.map(({ tags }) => tags)).toEqual([[], ['1.5.0']]);
    expect(places[1]!.kept).toEqual([{ tag: 'latest', why: `latest names 2.0.0, which is higher than 1.5.0 in ${a}` }]);
    expect(await at(b, 'latest')).toBeUndefined();
  });

  test('and what is of an old or unknown kind has no version: it is replaced', async () => {
    for (const type of [
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'application/vnd.example.new+json',
    ]) {
      const { behind } = names();
      const headers = { 'content-type': type };
      // once by the guard, once before the tag is set
      for (const method of ['HEAD', 'GET'])
        proxy.add({ method, path: /manifests\/latest$/, status: 200, headers, body: '{"schemaVersion":1}', times: 2 });
      const image = versionedImage('1.0.0');
      const [place] = await publish({ image, names: [`${behind}:latest`], guard: guard('1.0.0') });
      expect([type, place!.tags, proxy.left()]).toEqual([type, ['latest'], []]);
    }
  });

  test('latest=true goes over it, and only for latest', async () => {
    const { a } = names();
    await there(a, '1.3.0', ['latest', '1']);
    const [place] = await publish({
      image: versionedImage('1.2.9'),
      names: [`${a}:latest`, `${a}:1`],
      guard: guard('1.2.9', { latestIsFree: true }),
    });
    expect(place).toMatchObject({ tags: ['latest'], kept: [{ tag: '1' }] });
  });

  test('latest=highest looks through all pages of the registry’s tags', async () => {
    const { behind, b, path } = names();
    const old = versionedImage('1.0.0');
    const many = Array.from({ length: 230 }, (_, i) => `1.${i}.0`);
    // the highest is on neither the first nor the last page, and nothing names it latest
    await pushImage(client, old, parseReference(`${b}:1.0.0`), {
      tags: [...many, '1.115.7', '3.0.0-rc.1', '9.0.0-alpine'],
    });
    const list = new RegExp(`/${path}/tags/list`);
    for (let page = 0; page < 9; page++)
      proxy.add({ path: list, ...pageOf([...many, '1.999.0', '3.0.0-rc.1', '9.0.0-alpine'].sort(), page, path) });
    const request = { image: versionedImage('1.500.0'), names: [`${behind}:latest`] };
    const [kept] = await publish({ ...request, guard: guard('1.500.0', { highest: true }) });
    expect(kept).toMatchObject({ tags: [], kept: [{ why: 'the registry has 1.999.0, which is higher than 1.500.0' }] });
    expect(proxy.left().length).toBeLessThan(7);
    proxy.left().length = 0;
    const [moved] = await publish({ ...request, guard: guard('1.500.0', { highest: true }) });
    expect(moved).toMatchObject({ tags: ['latest'] });
  });

  test('latest=highest in a repository that is not there yet is set', async () => {
    const { a } = names();
    const [place] = await publish({
      image: versionedImage('1.0.0'),
      names: [`${a}:latest`],
      guard: guard('1.0.0', { highest: true }),
    });
    expect(place!.tags).toEqual(['latest']);
  });
});

/** A page of 100 tags, with the link to the next one. */
function pageOf(tags: string[], page: number, path: string) {
  const part = tags.slice(page * 100, page * 100 + 100);
  const more = tags.length > page * 100 + 100;
  const link = `</v2/${path}/tags/list?n=100&last=${part.at(-1)}>; rel="next"`;
  return {
    status: 200,
    body: JSON.stringify({ name: path, tags: part }),
    headers: { 'content-type': 'application/json', ...(more ? { link } : {}) },
  };
}

function task() {
  return { output() {}, progress() {}, note() {}, done() {}, fail() {} };
}
