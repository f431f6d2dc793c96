import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Containerize, openContainerize } from '../../src/index.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { startRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('api');

describe('the library', () => {
  let containerize: Containerize;
  let context: string;

  beforeAll(async () => {
    containerize = await openContainerize({ root: join(folder, 'root'), run: join(folder, 'run') });
    const image = await busyboxImage(await containerize.engine.content());
    await (await containerize.engine.refs()).set('docker.io/library/busybox:latest', image.descriptor);
    context = join(folder, 'context');
    await mkdir(context);
    await writeFile(
      join(context, 'Dockerfile'),
      'FROM busybox\nARG WHO=nobody\nCOPY greeting /\nRUN echo "for $WHO" >> /greeting\nCMD ["cat", "/greeting"]\n',
    );
    await writeFile(join(context, 'greeting'), 'hello\n');
  });

  test('builds an image that runs, from what it is given', async () => {
    const built = await containerize.build({ context, tags: ['app:1'], buildArgs: { WHO: 'you' } });
    const result = await containerize.run('app:1');
    expect(result).toMatchObject({ exitCode: 0, stdout: 'hello\nfor you\n', stderr: '', oomKilled: false });
    expect((await containerize.find('app:1')).descriptor).toEqual(built.descriptor);
  });

  test('gives the exit code of a program that fails, and its errors', async () => {
    const result = await containerize.run('busybox', ['sh', '-c', 'echo broken >&2; exit 3']);
    expect(result).toMatchObject({ exitCode: 3, stdout: '', stderr: 'broken\n' });
  });

  test('has no network unless it is asked for', async () => {
    const { stdout } = await containerize.run('busybox', ['ls', '/sys/class/net']);
    expect(stdout.trim()).toBe('lo');
  });

  test('has removed the container soon after its program ended', async () => {
    const began = performance.now();
    await containerize.run('busybox', ['true']);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(await (await containerize.engine.containers()).list()).toEqual([]);
  });

  test('stops a container when the caller aborts', async () => {
    const abort = new AbortController();
    const running = containerize.run('busybox', ['sleep', '100'], { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 300);
    await expect(running.then((r) => r.exitCode)).resolves.toBe(137);
  });

  test('tests an image: what fails is a result', async () => {
    const report = await containerize.test(
      'busybox',
      [
        'true',
        ['sh', '-c', 'exit 3'],
        { name: 'third', run: 'echo 1 > r.txt', workingDir: '/tmp', reports: [{ path: 'r.txt' }] },
      ],
      { output: join(folder, 'results') },
    );
    expect(report).toMatchObject({
      passed: 2,
      failed: 1,
      results: [{}, { exitCode: 3 }, { name: 'third', reports: ['third/tmp/r.txt'] }],
    });
    expect(await readFile(join(folder, 'results/third/tmp/r.txt'), 'utf8')).toBe('1\n');
  });

  test('releases, promotes and rolls back by tag', async () => {
    await using registry = await startRegistry();
    const app = `${registry.host}/app`;
    for (const version of ['1', '2']) {
      await containerize.build({ context, tags: [`${app}:${version}`], buildArgs: { WHO: version } });
      await containerize.push(`${app}:${version}`);
    }
    const first = await containerize.release(`${app}:staging`, '1', { smoke: 'grep hello /greeting' });
    const second = await containerize.release(`${app}:staging`, `${app}:2`);
    expect(second).toMatchObject({ changed: true, fromDigest: first.toDigest });
    expect(await containerize.promote(`${app}:staging`, `${registry.host}/other:production`)).toMatchObject({
      toDigest: second.toDigest,
    });
    expect(await containerize.rollback(`${app}:staging`, 'previous', { dryRun: true })).toMatchObject({
      changed: false,
      toDigest: first.toDigest,
    });
    expect(await containerize.rollback(`${app}:staging`)).toMatchObject({ changed: true, toDigest: first.toDigest });
    await expect(containerize.release(app, '1')).rejects.toMatchObject({ code: 'bad-channel' });
    await expect(containerize.release(`${app}:staging`, '2', { smoke: 'exit 1', force: true })).rejects.toMatchObject({
      code: 'gate-failed',
    });
  });

  test('pushes under another name, and pulls the same digest back', async () => {
    await using registry = await startRegistry();
    const name = `${registry.host}/team/app:1`;
    await containerize.build({ context, tags: ['app:1'] });
    await containerize.tag('app:1', name);
    const pushed = await containerize.push(name);
    expect((await containerize.pull(name)).descriptor.digest).toBe(pushed.digest);
  });

  test('names what is missing', async () => {
    await expect(containerize.build({ context: join(context, 'nowhere') })).rejects.toThrow(/nowhere/);
    await expect(containerize.push('never-built:1')).rejects.toMatchObject({ code: 'no-such-image' });
    await expect(containerize.build({ context, target: 'missing' })).rejects.toMatchObject({ hint: expect.anything() });
  });
});
