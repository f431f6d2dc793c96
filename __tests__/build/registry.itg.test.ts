import { afterAll, describe, expect, test } from '@jest/globals';
import { startRegistry } from '../helpers/registry.ts';
import { Builder } from './builder.ts';

const registry = await startRegistry();
afterAll(() => registry.close());
const here = await Builder.open('push');
const elsewhere = await Builder.open('pull');
const image = `${registry.host}/team/app`;
/** Blobs of layers that were fetched since a mark. */
const fetched = (since: number) =>
  registry.requests.slice(since).filter((line) => /^GET .*\/blobs\/.* 200/.test(line)).length;

describe('registries', () => {
  test('--push sends the image under all its names, and a second push sends no layers', async () => {
    const folder = await here.context({ Dockerfile: 'FROM busybox\nRUN echo pushed > /pushed\n' });
    const { error, log } = await here.build(folder, { args: ['-t', `${image}:1`, '-t', `${image}:latest`, '--push'] });
    expect(error).toBe('');
    expect(log).toContain(`push ${image}\n`);
    const before = registry.requests.length;
    expect((await here.build(folder, { args: ['-t', `${image}:2`, '--push'] })).error).toBe('');
    expect(registry.requests.slice(before).filter((line) => /^(PUT|PATCH) .*\/blobs\//.test(line))).toEqual([]);
  });

  test('push-by-digest names nothing', async () => {
    const folder = await here.context({ Dockerfile: 'FROM busybox\nLABEL only=digest\n' });
    const { error } = await here.build(folder, {
      args: ['-o', `type=image,name=${image},push=true,push-by-digest=true`],
    });
    expect(error).toBe('');
    expect(registry.requests.filter((line) => /^PUT .*\/manifests\/sha256:/.test(line)).length).toBeGreaterThan(0);
  });

  test('FROM pulls what is not there; layers only when a step needs them', async () => {
    const mark = registry.requests.length;
    const config = await elsewhere.context({ Dockerfile: `FROM ${image}:1\nLABEL x=1\n` });
    expect((await elsewhere.build(config, { args: ['-o', 'type=cacheonly'] })).error).toBe('');
    expect(fetched(mark)).toBeLessThanOrEqual(1);
    const run = await elsewhere.context({ Dockerfile: `FROM ${image}:1\nRUN cat /pushed\n` });
    const { log, error } = await elsewhere.build(run, { args: ['-t', 'result'] });
    expect(error).toBe('');
    expect(log).toContain('pushed');
  });

  test('what is in the store is used without asking; --pull asks, and sees what is new', async () => {
    const use = await elsewhere.context({ Dockerfile: `FROM ${image}:1\nRUN cat /pushed\n` });
    const mark = registry.requests.length;
    expect((await elsewhere.build(use)).log).toMatch(/RUN cat.*\n#\d+ CACHED/);
    expect(registry.requests.length).toBe(mark);
    const folder = await here.context({ Dockerfile: 'FROM busybox\nRUN echo newer > /pushed\n' });
    await here.build(folder, { args: ['-t', `${image}:1`, '--push'] });
    expect((await elsewhere.build(use)).log).not.toContain('newer');
    expect((await elsewhere.build(use, { args: ['--pull'] })).log).toContain('newer');
  });

  test('COPY --from an image of a registry', async () => {
    const folder = await elsewhere.context({ Dockerfile: `FROM scratch\nCOPY --from=${image}:2 /pushed /copied\n` });
    expect((await elsewhere.build(folder, { args: ['-t', 'result'] })).error).toBe('');
    expect(await elsewhere.files(1)).toMatchObject({ copied: 'pushed\n' });
  });

  test('several platforms are pushed as one index', async () => {
    const folder = await here.context({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    const args = ['-t', `${image}:multi`, '--platform', 'linux/amd64,linux/arm64', '--push'];
    expect((await here.build(folder, { args })).error).toBe('');
    const use = await elsewhere.context({ Dockerfile: `FROM --platform=linux/arm64 ${image}:multi\nLABEL a=b\n` });
    expect((await elsewhere.build(use, { args: ['-t', 'result', '--platform', 'linux/arm64'] })).error).toBe('');
    expect((await elsewhere.image('result', { os: 'linux', architecture: 'arm64' })).config.architecture).toBe('arm64');
  });

  test('a name that is nearly one of a stage, of the store or a common one is told so', async () => {
    expect(await here.fails('FROM busybox AS build\nFROM biuld\n')).toContain(
      'there is no stage or image "biuld" (did you mean build?)',
    );
    expect(await here.fails('FROM bsuybox\n')).toContain('cannot get image bsuybox:latest (did you mean busybox?)');
    expect(await here.fails('FROM debain:12\n')).toContain('(did you mean debian?)');
  });

  test('an image that is not there is an error at its name', async () => {
    const error = await here.fails(`FROM ${image}:nothing\n`);
    expect(error).toContain(`cannot get image ${image}:nothing`);
    expect(error).toMatch(/Dockerfile:1:6/);
  });
});
