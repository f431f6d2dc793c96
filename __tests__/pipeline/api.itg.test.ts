import { mkdir, writeFile } from 'node:fs/promises';
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
