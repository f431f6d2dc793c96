import { spawn } from 'node:child_process';
import { chmod, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { collectGarbage } from '../../src/content/gc.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { Refs } from '../../src/content/refs.ts';
import { entry } from '../helpers/entry.ts';
import { helperBinary } from '../runtime/helper-fixture.ts';
import { Builder } from './builder.ts';

const builder = await Builder.open('cache');
const other = await Builder.open('cache-other');
const lines = (...text: string[]) => `FROM busybox\n${text.join('\n')}\n`;
/** Names of steps and whether they were cached. */
const steps = (log: string) =>
  Object.fromEntries(
    [...log.matchAll(/#(\d+) \[[^\]]*\] (\w+) (.*)\n/g)].map(([, number, , text]) => [
      text!.split(' ').at(-1)!,
      log.includes(`#${number} CACHED`),
    ]),
  );

describe('cache', () => {
  test('an unchanged build hits everything, writes nothing and gives the same digest', async () => {
    const folder = await builder.context({ Dockerfile: lines('COPY a /a', 'RUN cat /a > /b', 'LABEL x=1'), a: 'A' });
    await builder.build(folder, { args: ['-t', 'result'] });
    const digest = await builder.digest();
    const { log } = await builder.build(folder, { args: ['-t', 'result'] });
    expect(log.match(/CACHED/g)).toHaveLength(3);
    expect(await builder.digest()).toBe(digest);
  });

  test('neither times nor the umask of the context matter, content and the x bit do', async () => {
    const folder = await builder.context({ Dockerfile: lines('COPY d /d'), 'd/f': 'A' });
    await builder.build(folder);
    await utimes(join(folder, 'd/f'), 1, 1);
    await chmod(join(folder, 'd/f'), 0o600);
    await chmod(join(folder, 'd'), 0o700);
    expect((await builder.build(folder)).error).toBe('');
    await chmod(join(folder, 'd/f'), 0o664);
    await chmod(join(folder, 'd'), 0o775);
    expect((await builder.build(folder)).log).toMatch(/COPY d \/d\n#\d+ CACHED/);
    await chmod(join(folder, 'd/f'), 0o755);
    expect((await builder.build(folder)).log).toMatch(/COPY d \/d\n#\d+ DONE/);
  });

  test('a config change of the base does not bust a RUN', async () => {
    await builder.addImage('docker.io/library/base:latest', { config: { Labels: { v: '1' } } });
    const folder = await builder.context({ Dockerfile: 'FROM base\nRUN echo stays > /x\n' });
    await builder.build(folder, { args: ['-t', 'result'] });
    await builder.addImage('docker.io/library/base:latest', { config: { Labels: { v: '2' } } });
    expect((await builder.build(folder, { args: ['-t', 'result'] })).log).toMatch(/RUN echo stays > \/x\n#\d+ CACHED/);
    expect((await builder.image()).config.config!.Labels).toEqual({ v: '2' });
  });

  test('--no-cache executes everything, --no-cache-filter only the stages that it names', async () => {
    const folder = await builder.context({
      Dockerfile:
        'FROM busybox AS one\nRUN echo x > /one\nFROM busybox AS two\nRUN echo x > /two\nFROM busybox\nCOPY --from=one /one /\nCOPY --from=two /two /\n',
    });
    await builder.build(folder);
    const filtered = steps((await builder.build(folder, { args: ['--no-cache-filter', 'two'] })).log);
    expect(filtered).toMatchObject({ '/one': true, '/two': false });
    expect((await builder.build(folder, { args: ['--no-cache'] })).log).not.toMatch(/RUN.*\n#\d+ CACHED/);
  });

  test('--explain-cache says which file, argument, base or instruction changed', async () => {
    const dockerfile = (run: string) => `FROM busybox AS s\nARG V\nCOPY src /src\nRUN echo $V > /v\nRUN ${run}\n`;
    const folder = await builder.context({ Dockerfile: dockerfile('echo one'), 'src/a.ts': '1', 'src/b.ts': '1' });
    const run = async (version: string) =>
      (await builder.build(folder, { args: ['--explain-cache', '--build-arg', `V=${version}`] })).log;
    expect(await run('1')).toContain('not cached: there is no earlier build of this step');
    expect(await run('2')).toContain('not cached: build argument V changed: was "1", is "2"');
    await builder.write(folder, { 'src/b.ts': '2', 'src/c.ts': '3' });
    const changed = await run('2');
    expect(changed).toContain('not cached: file src/b.ts changed');
    expect(changed).toContain('not cached: file src/c.ts is new');
    expect(changed).not.toContain('a.ts');
    expect(changed).toContain('not cached: the result of [s 2/4] COPY src /src changed');
    await builder.write(folder, { Dockerfile: dockerfile('echo two') });
    expect(await run('2')).toMatch(/not cached: the instruction changed: was ".*echo one", is ".*echo two"/);
    expect(await run('2')).not.toContain('not cached');
  });

  test('--cache-to and --cache-from carry steps to another machine', async () => {
    const folder = await builder.context({
      Dockerfile: 'FROM busybox AS b\nRUN date +%N > /b\nFROM busybox\nCOPY --from=b /b /c\n',
    });
    const exported = join(builder.folder, 'exported');
    await builder.build(folder, { args: ['-t', 'result', '--cache-to', `type=local,dest=${exported}`] });
    const { log, error } = await other.build(folder, {
      args: ['-t', 'result', '--cache-from', `type=local,src=${exported}`],
    });
    expect(error).toBe('');
    expect(log).toMatch(/RUN date.*\n#\d+ CACHED/);
    expect(await other.files(1)).toEqual(await builder.files(1));
    const missing = await other.build(folder, { args: ['--no-cache', '--cache-from', 'type=local,src=/nowhere'] });
    expect(missing.error).toBe('');
    expect(missing.log).toContain('no cache from /nowhere');
  });

  test('a cached layer that gc took is made again', async () => {
    const folder = await builder.context({ Dockerfile: lines('RUN echo gone > /gone') });
    await builder.build(folder, { args: ['-o', 'type=cacheonly'] });
    const store = await builder.store();
    await collectGarbage(store, new Refs(store), []);
    const { log, error } = await builder.build(folder, { args: ['-t', 'result'] });
    expect(error).toBe('');
    expect(log).toMatch(/RUN echo gone.*\n#\d+ DONE/);
    expect(await builder.files(1)).toEqual({ gone: 'gone\n' });
  });
});

describe('reproducible', () => {
  test('with SOURCE_DATE_EPOCH and rewrite-timestamp two builds give the same digest', async () => {
    const folder = await builder.context({
      Dockerfile: lines('COPY a /a', 'WORKDIR /w', 'RUN date +%Y > /w/x && mkdir /made', 'ENV A=1'),
      a: 'A',
    });
    const build = async () => {
      await builder.build(folder, {
        args: ['-t', 'result', '--no-cache', '-o', 'type=image,rewrite-timestamp=true'],
        env: { SOURCE_DATE_EPOCH: '1700000000' },
      });
      return builder.digest();
    };
    const first = await build();
    await sleep(1100);
    expect(await build()).toBe(first);
    const { config } = await builder.image();
    expect(config.created).toBe('2023-11-14T22:13:20Z');
    expect(config.history!.slice(1).every((entry) => entry.created === '2023-11-14T22:13:20Z')).toBe(true);
  });

  test('an ARG before the first FROM may give the epoch, a build arg comes before it', async () => {
    const dockerfile = 'ARG SOURCE_DATE_EPOCH=1600000000\nFROM busybox\nRUN echo dated > /dated\n';
    await builder.ok(dockerfile);
    expect((await builder.image()).config.created).toBe('2020-09-13T12:26:40Z');
    await builder.ok(dockerfile, { args: ['--build-arg', 'SOURCE_DATE_EPOCH=1500000000'] });
    expect((await builder.image()).config.created).toBe('2017-07-14T02:40:00Z');
    expect(await builder.fails('ARG SOURCE_DATE_EPOCH=soon\nFROM busybox\n')).toMatch(/found "soon"[\s\S]*\^{4}/);
  });

  test('an epoch that is no number is refused', async () => {
    const folder = await builder.context({ Dockerfile: 'FROM busybox\n' });
    await expect(
      builder.build(folder, { env: { SOURCE_DATE_EPOCH: 'yesterday' } }).then(
        (b) => b.error || 'no error',
        (e: Error) => e.message,
      ),
    ).resolves.toContain('seconds since 1970');
  });
});

describe('at once', () => {
  test('two builds of the same thing execute each step once, while blobs are collected', async () => {
    const folder = await builder.context({
      Dockerfile: lines('RUN echo once >> /x; sleep 0.3', 'RUN echo twice >> /x'),
    });
    const store = await builder.store();
    const results = await Promise.all([
      builder.build(folder, { args: ['-t', 'one'] }),
      builder.build(folder, { args: ['-t', 'two'] }),
      (async () => {
        for (let i = 0; i < 10; i++) await collectGarbage(store, new Refs(store), []).then(() => sleep(30));
      })(),
    ]);
    expect(results.slice(0, 2).map((built) => built!.error)).toEqual(['', '']);
    expect(await builder.digest('one')).toBe(await builder.digest('two'));
    for (const { descriptor } of (await builder.image('one')).layers) await readBlob(store, descriptor, 1 << 26);
  });

  test('a hundred stages on top of each other, and beside each other', async () => {
    const high = Array.from(
      { length: 100 },
      (_, i) => `FROM ${i === 0 ? 'busybox' : `s${i - 1}`} AS s${i}\nENV N=${i}\n`,
    ).join('');
    const wide = Array.from({ length: 20 }, (_, i) => `FROM busybox AS w${i}\nRUN echo ${i} > /w${i}\n`).join('');
    const copies = Array.from({ length: 20 }, (_, i) => `COPY --from=w${i} /w${i} /\n`).join('');
    await builder.ok(`${high}${wide}FROM s99\n${copies}`);
    expect((await builder.image()).config.config!.Env).toContain('N=99');
    expect(Object.keys(await builder.files(20))).toHaveLength(20);
  });
});

describe('ended early', () => {
  /** Starts a build that sleeps in its RUN, in a process of its own. */
  async function sleeping(mark: string) {
    const folder = await builder.context({
      Dockerfile: lines(`RUN --mount=type=cache,target=/c,sharing=locked echo ${mark}; sleep 60.${mark}`),
    });
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        entry,
        '--root',
        builder.root,
        '--run-root',
        builder.run,
        'build',
        '--progress',
        'plain',
        folder,
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, CONTAINERIZE_HELPER: helperBinary },
      },
    );
    let log = '';
    const begun = new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes(` ${mark}\n`)) resolve();
      });
      child.once('close', () => resolve());
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await begun;
    return { child, ended, folder, log: () => log };
  }

  /** Processes whose command line has this word. */
  async function running(word: string): Promise<string[]> {
    const { readFile } = await import('node:fs/promises');
    const found: string[] = [];
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      if (text.split('\0').includes(word)) found.push(pid);
    }
    return found;
  }

  async function gone(word: string): Promise<void> {
    for (let i = 0; i < 100 && (await running(word)).length > 0; i++) await sleep(50);
    expect(await running(word)).toEqual([]);
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the container, and leaves nothing behind', async (signal) => {
    const mark = signal === 'SIGINT' ? '101' : '102';
    const { child, ended, log } = await sleeping(mark);
    expect(await running(`60.${mark}`)).toHaveLength(1);
    child.kill(signal);
    expect(await ended).not.toBe(0);
    await gone(`60.${mark}`);
    expect(log()).toContain('CANCELED');
    expect(await readdir(join(builder.run, 'build'))).toEqual([]);
    expect(await readdir(join(builder.root, 'locks', 'steps')).catch(() => [])).toEqual([]);
  });

  test('SIGKILL ends the container; the next build sweeps what was left and is not blocked', async () => {
    const { child, ended } = await sleeping('103');
    child.kill('SIGKILL');
    await ended;
    await gone('60.103');
    await builder.ok(lines('RUN --mount=type=cache,target=/c,sharing=locked --mount=type=secret,id=s true'), {
      args: ['--secret', 'id=s,env=S'],
      env: { S: 'x' },
    });
    expect(await readdir(join(builder.run, 'build'))).toEqual([]);
  });
});
