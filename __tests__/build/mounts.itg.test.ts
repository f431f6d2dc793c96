import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Builder } from './builder.ts';

const builder = await Builder.open('mounts');

/** A busybox with these lines after the FROM. */
const lines = (...text: string[]) => `FROM busybox\n${text.join('\n')}\n`;

describe('RUN --mount=type=bind', () => {
  test('from the context: read-only, without what is ignored, not in the layer', async () => {
    const { log } = await builder.ok(lines('RUN --mount=target=/src cat /src/a.txt && ls -A /src && ! touch /src/x'), {
      files: { 'a.txt': 'AAA\n', 'secret.env': 's', '.dockerignore': 'secret.env\nDockerfile\n.dockerignore\n' },
    });
    expect(log).toContain('AAA');
    expect(log).not.toContain('secret.env');
    expect((await builder.image()).layers).toHaveLength(1);
  });

  test('from the context: what is written to a writable one is thrown away', async () => {
    const folder = await builder.context({
      Dockerfile: lines('RUN --mount=target=/src,rw echo changed > /src/a.txt && cat /src/a.txt'),
      'a.txt': 'A\n',
    });
    const { log, error } = await builder.build(folder);
    expect(error).toBe('');
    expect(log).toContain('changed');
    expect(await readFile(join(folder, 'a.txt'), 'utf8')).toBe('A\n');
  });

  test('from a stage: a folder, a file, a link on the way, writable or not', async () => {
    const { log } = await builder.ok(`FROM busybox AS made
RUN mkdir -p /out/sub && echo file > /out/sub/f && ln -s out /link
FROM busybox
RUN --mount=from=made,source=/link/sub,target=/m cat /m/f && ! touch /m/x
RUN --mount=from=made,source=/out/sub/f,target=/one cat /one
RUN --mount=from=made,source=/out,target=/m,rw echo new > /m/sub/f && cat /m/sub/f
RUN --mount=from=made,target=/all cat /all/out/sub/f
`);
    expect(log.match(/ (file|new)\n/g)).toEqual([' file\n', ' file\n', ' new\n', ' file\n']);
    expect((await builder.image()).layers).toHaveLength(1);
  });

  test('the step is cached as long as what is mounted stays the same', async () => {
    const folder = await builder.context({
      Dockerfile: lines('RUN --mount=source=in,target=/in cat /in/* > /out'),
      'in/a': '1',
      other: 'x',
    });
    const run = async () => (await builder.build(folder)).log;
    await run();
    await builder.write(folder, { other: 'y' });
    expect(await run()).toMatch(/RUN --mount.*\n#\d+ CACHED/);
    await builder.write(folder, { 'in/a': '2' });
    expect(await run()).toMatch(/RUN --mount.*\n#\d+ DONE/);
  });

  test('a source that is not there is an error at the mount', async () => {
    const error = await builder.fails(lines('RUN --mount=source=nothing,target=/x true'));
    expect(error).toContain('"nothing" is not in the build context');
    expect(error).toMatch(/Dockerfile:2:13/);
  });
});

describe('RUN --mount=type=cache', () => {
  test('lasts between steps and builds, and is in no layer', async () => {
    const dockerfile = (n: number) =>
      lines(`RUN --mount=type=cache,target=/c,id=lasting echo ${n} >> /c/log; cat /c/log | tr '\\n' ' '; echo .`);
    await builder.ok(dockerfile(1));
    const { log } = await builder.ok(dockerfile(2));
    expect(log).toContain('1 2 .');
    expect((await builder.image()).layers).toHaveLength(1);
  });

  test('owner, mode, read-only, a source inside it', async () => {
    const { log } = await builder.ok(
      lines(
        "RUN --mount=type=cache,target=/c,id=owned,uid=12,gid=34,mode=0700 stat -c '%u %g %a' /c && mkdir /c/sub && echo inner > /c/sub/f",
        'RUN --mount=type=cache,target=/c,id=owned,source=sub cat /c/f',
        'RUN --mount=type=cache,target=/c,id=owned,ro ! touch /c/x',
      ),
    );
    expect(log).toContain('12 34 700');
    expect(log).toContain('inner');
  });

  test('begins with the files of a stage, once', async () => {
    const dockerfile = (n: number) => `FROM busybox AS seed
RUN mkdir /s && echo seed > /s/f
FROM busybox
RUN --mount=type=cache,target=/c,id=seeded,from=seed,source=/s cat /c/f; echo ${n} >> /c/f
`;
    expect((await builder.ok(dockerfile(1))).log).toContain('seed');
    expect((await builder.ok(dockerfile(2))).log).toMatch(/ seed\n#\d+ [\d.]+ 1\n/);
  });

  test('locked ones are used one after the other, private ones are apart, shared ones together', async () => {
    // Both have begun before either ends; a locked one has to wait for the other's end instead.
    const meet = (name: string, sharing: string) =>
      sharing === 'locked'
        ? 'sleep 0.3'
        : `touch /b/${sharing}-${name}; i=0; until [ $(ls /b | grep -c ${sharing}) = 2 ] || [ $i = 100 ]; do sleep 0.1; i=$((i+1)); done`;
    const stage = (name: string, sharing: string) => `FROM busybox AS ${name}
RUN --mount=type=cache,target=/b,id=meeting --mount=type=cache,target=/c,id=${sharing},sharing=${sharing} echo begin${name} >> /c/log; ${meet(name, sharing)}; echo end >> /c/log; cp /c/log /log
`;
    const both = (sharing: string) =>
      `${stage('a', sharing)}${stage('b', sharing)}FROM busybox\nRUN --mount=from=a,target=/a --mount=from=b,target=/b cat /a/log /b/log | tr '\\n' ' '; echo .\n`;
    expect((await builder.ok(both('locked'))).log).toMatch(
      / begin[ab] end begin[ab] end begin[ab] end \.| begin[ab] end begin[ab] end \./,
    );
    expect((await builder.ok(both('private'))).log).toMatch(/ begina end beginb end \./);
    expect((await builder.ok(both('shared'))).log).toMatch(/begin[ab] begin[ab] end/);
  });

  test('a link in the cache does not lead a source out of it', async () => {
    const error = await builder.fails(
      lines(
        'RUN --mount=type=cache,target=/c,id=linked ln -s / /c/root',
        'RUN --mount=type=cache,target=/c,id=linked,source=root ls /c',
      ),
    );
    expect(error).toContain('is not a folder in the cache');
  });
});

test('RUN --mount=type=tmpfs is in memory, of the size asked for, and gone afterwards', async () => {
  const { log } = await builder.ok(
    lines(
      "RUN --mount=type=tmpfs,target=/t,size=2m df /t | tail -1 | awk '{print $1, $2}' && touch /t/x",
      'RUN ! ls /t',
    ),
  );
  expect(log).toContain('tmpfs 2048');
  expect((await builder.image()).layers).toHaveLength(1);
});

describe('secrets', () => {
  test('are files or variables, masked in the output, and nowhere afterwards', async () => {
    const value = 'v3ry-secret-value-8461';
    const folder = await builder.context({
      Dockerfile: lines(
        "RUN --mount=type=secret,id=one cat /run/secrets/one; stat -c '%a %u %g' /run/secrets/one",
        'RUN --mount=type=secret,id=one,target=/deep/er/file,uid=5,gid=6,mode=0444 stat -c "%a %u %g" /deep/er/file && cat /deep/er/file >&2',
        'RUN --mount=type=secret,id=two,env=TOKEN echo "token is $TOKEN" && ! ls /run/secrets',
        'RUN --mount=type=secret,id=none echo optional',
      ),
      'file.secret': `${value}\n`,
      '.dockerignore': '*.secret',
    });
    const args = [
      '-t',
      'result',
      '--secret',
      `id=one,src=${join(folder, 'file.secret')}`,
      '--secret',
      'id=two,env=SECRET_TWO',
      '--explain-cache',
    ];
    const { log, error } = await builder.build(folder, { args, env: { SECRET_TWO: `${value}-two` } });
    expect(error).toBe('');
    expect(log).toContain('400 0 0');
    expect(log).toContain('444 5 6');
    expect(log).toContain('token is ****');
    expect(log).toContain('optional');
    expect(log).not.toContain(value);
    // Nowhere in the state: not in a layer (unpacked or not), not in a record, not in a file that was left.
    const { layers } = await builder.image();
    expect(layers).toHaveLength(1);
    const found = execFileSync('sh', ['-c', `grep -rl ${value} ${builder.root} ${builder.run} || true`]).toString();
    expect(found).toBe('');
  });

  test('another value is the same step', async () => {
    const folder = await builder.context({ Dockerfile: lines('RUN --mount=type=secret,id=k,env=K test -n "$K"') });
    const run = (value: string) => builder.build(folder, { args: ['--secret', 'id=k'], env: { k: value } });
    expect((await run('first')).error).toBe('');
    expect((await run('second')).log).toMatch(/RUN --mount.*\n#\d+ CACHED/);
  });

  test('a required one that is missing is an error at the mount', async () => {
    const error = await builder.fails(lines('RUN --mount=type=secret,id=tokn,required true'), {
      args: ['--secret', 'id=token'],
      env: { token: 'x' },
    });
    expect(error).toContain('secret "tokn" is required, but was not given (did you mean token?)');
  });

  test('a failing command does not tell it either', async () => {
    const folder = await builder.context({
      Dockerfile: lines('RUN --mount=type=secret,id=s echo "it is $(cat /run/secrets/s)"; exit 1'),
    });
    const { error, log } = await builder.build(folder, { args: ['--secret', 'id=s,env=S'], env: { S: 'hidden-8461' } });
    expect(`${error}${log}`).not.toContain('hidden-8461');
    expect(log).toContain('it is ****');
  });
});

test('RUN --mount=type=ssh leads to the agent, and its socket is gone afterwards', async () => {
  const folder = await builder.context({
    Dockerfile: lines(
      'RUN --mount=type=ssh ls -l $SSH_AUTH_SOCK && echo question | nc local:$SSH_AUTH_SOCK 2>/dev/null || echo question | nc -U $SSH_AUTH_SOCK 2>/dev/null || test -S $SSH_AUTH_SOCK',
    ),
  });
  const agent = join(folder, 'agent.sock');
  const server = createServer((socket) => socket.on('error', () => {}).end('answer\n'));
  await new Promise<void>((resolve) => server.listen(agent, resolve));
  try {
    const { log, error } = await builder.build(folder, { args: ['--ssh', `default=${agent}`] });
    expect(error).toBe('');
    expect(log).toMatch(/srw------- .* \/run\/buildkit\/ssh_agent\.0/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect(await builder.fails(lines('RUN --mount=type=ssh,required true'))).toContain('ssh agent "default" is required');
});

test('mount points that were made are not in the layer, and folders keep their times', async () => {
  await builder.ok(
    lines(
      'RUN mkdir /d && touch -d 2001-02-03 /d',
      'RUN --mount=type=tmpfs,target=/d/new/deep --mount=type=secret,id=s,target=/d/file --mount=type=cache,target=/root/.cache true',
      'RUN stat -c %y /d && ls -A /d /root && ! ls /etc/resolv.conf.x',
    ),
    { args: ['--secret', 'id=s,env=S'], env: { S: 'abcdef' } },
  );
  expect(await builder.files(1)).toEqual({ d: 'directory' });
});

test('nothing is left in the run folder and of the scratch folders', async () => {
  await mkdir(join(builder.run, 'build'), { recursive: true });
  expect(await readdir(join(builder.run, 'build'))).toEqual([]);
  expect(await readdir(join(builder.root, 'build')).catch(() => [])).toEqual([]);
  expect(await readdir(join(builder.root, 'locks', 'steps')).catch(() => [])).toEqual([]);
});
