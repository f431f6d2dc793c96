import { describe, expect, test } from '@jest/globals';
import { StepFailed } from '../../src/build/error.ts';
import { Builder } from './builder.ts';

const builder = await Builder.open('build');

describe('instructions', () => {
  test('every config instruction ends up in the image, with history', async () => {
    await builder.ok(`FROM busybox
MAINTAINER me
ARG V=1
ENV A=\${V}x
LABEL l=$A
WORKDIR /w
WORKDIR sub
USER nobody
EXPOSE 80
VOLUME /v
STOPSIGNAL SIGINT
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK --retries=2 CMD true
ENTRYPOINT ["cat"]
CMD echo $A
ONBUILD RUN true
`);
    const { config } = await builder.image();
    expect(config.author).toBe('me');
    expect(config.config).toEqual({
      Cmd: ['/bin/sh', '-ec', 'echo $A'],
      Entrypoint: ['cat'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1x'],
      ExposedPorts: { '80/tcp': {} },
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Retries: 2 },
      Labels: { l: '1x' },
      OnBuild: ['RUN true'],
      Shell: ['/bin/sh', '-ec'],
      StopSignal: 'SIGINT',
      User: 'nobody',
      Volumes: { '/v': {} },
      WorkingDir: '/w/sub',
    });
    expect(config.history!.map((entry) => entry.created_by)).toEqual([
      'busybox',
      'MAINTAINER me',
      'ARG V=1',
      'ENV A=1x',
      'LABEL l=1x',
      'WORKDIR /w',
      'WORKDIR /w/sub',
      'USER nobody',
      'EXPOSE [80/tcp]',
      'VOLUME [/v]',
      'STOPSIGNAL SIGINT',
      'SHELL [/bin/sh -ec]',
      'HEALTHCHECK {Test:[CMD-SHELL true] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:2}',
      'ENTRYPOINT ["cat"]',
      'CMD ["/bin/sh" "-ec" "echo $A"]',
    ]);
    expect(config.history!.filter((entry) => !entry.empty_layer)).toHaveLength(config.rootfs.diff_ids.length);
    expect(config.history!.every((entry) => entry.created !== undefined)).toBe(true);
  });

  test('RUN in all its forms', async () => {
    const { log } = await builder.ok(`FROM busybox
RUN echo shell form
RUN ["echo", "exec form $HOME"]
RUN <<EOF
echo heredoc one
echo heredoc two
EOF
RUN <<EOF
#!/bin/sh
echo script $0
EOF
RUN cat <<A && cat <<B
document a
A
document b
B
SHELL ["/bin/sh", "-xc"]
RUN echo traced
`);
    for (const text of [
      'shell form',
      'exec form $HOME',
      'heredoc one',
      'heredoc two',
      'script /dev/pipes/EOF',
      'document a',
      'document b',
      '+ echo traced',
    ])
      expect(log).toContain(text);
  });

  test('what RUN changes is the layer, and nothing else is', async () => {
    await builder.ok('FROM busybox\nRUN echo x > /a && mkdir /d && ln -s a /d/l && rm /bin/yes\n');
    expect(await builder.files(1)).toEqual({
      a: 'x\n',
      bin: 'directory',
      'bin/.wh.yes': '',
      d: 'directory',
      'd/l': '-> a',
    });
  });

  test('a RUN that changes nothing makes no layer', async () => {
    await builder.ok('FROM busybox\nRUN true\nRUN --mount=type=tmpfs,target=/not/there true\n');
    const { config, layers } = await builder.image();
    expect(layers).toHaveLength(1);
    expect(config.history!.slice(1).every((entry) => entry.empty_layer)).toBe(true);
  });

  test('user, groups, home and working folder of a RUN', async () => {
    const { log } = await builder.ok(
      'FROM busybox\nRUN id && echo HOME=$HOME\nUSER nobody\nWORKDIR /w\nRUN id && pwd && echo HOME=$HOME && touch mine\nUSER 12:34\nRUN id\n',
    );
    expect(log).toMatch(/uid=0\(root\) gid=0\(root\)/);
    expect(log).toContain('HOME=/root');
    expect(log).toMatch(/uid=65534\(nobody\)[\s\S]* \/w\n/);
    expect(log).toMatch(/uid=12 gid=34/);
  });

  test('the sandbox: host name, hosts file, closed standard input, no own network with none', async () => {
    const { log } = await builder.ok(
      'FROM busybox\nRUN hostname && cat /etc/hosts && cat | wc -c && ! touch /etc/hosts\nRUN --network=none ls /sys/class/net\n',
      { args: ['--add-host', 'extra:10.1.2.3'] },
    );
    expect(log).toContain('buildkitsandbox');
    expect(log).toContain('10.1.2.3\textra');
    expect(log).toMatch(/ 0\n/);
    expect(log).toMatch(/#\d+ [\d.]+ lo\n#\d+ DONE/);
  });

  test('proxies given as build args are seen by RUN, and nowhere else', async () => {
    const run = (proxy: string) =>
      builder.ok('FROM busybox\nRUN echo proxy=$HTTP_PROXY\n', { args: ['--build-arg', `HTTP_PROXY=${proxy}`] });
    expect((await run('http://one.example')).log).toContain('proxy=http://one.example');
    expect((await run('http://two.example')).log).toMatch(/RUN echo proxy=.*\n#\d+ CACHED/);
    expect(JSON.stringify((await builder.image()).config)).not.toContain('one.example');
  });

  test('COPY and heredocs', async () => {
    await builder.ok(
      'FROM busybox\nWORKDIR /w\nCOPY a.txt b/ ./\nCOPY --chown=1:2 --chmod=600 a.txt /owned\nCOPY <<EOF /doc\nhello\nEOF\n',
      { files: { 'a.txt': 'A', 'b/c.txt': 'C' } },
    );
    expect(await builder.files(4)).toMatchObject({ 'w/a.txt': 'A', 'w/c.txt': 'C', owned: 'A', doc: 'hello\n' });
  });

  test('stages: only the needed ones run, files come over, names and numbers', async () => {
    const { log } = await builder.ok(`FROM busybox AS one
RUN echo 1 > /one
FROM busybox AS unused
RUN echo never
FROM one AS two
RUN cat /one && echo 2 > /two
FROM scratch
COPY --from=two /one /two /
COPY --from=0 /one /zero
`);
    expect(log).not.toContain('never');
    expect(await builder.files(2)).toMatchObject({ one: '1\n', two: '2\n', zero: '1\n' });
    const { config } = await builder.image();
    expect(config.config!.Env).toEqual(['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']);
    expect(config.config!.WorkingDir).toBe('/');
  });

  test('--target builds that stage, an unknown one says which may be meant', async () => {
    await builder.ok('FROM busybox AS one\nLABEL is=one\nFROM busybox\nLABEL is=two\n', { args: ['--target', 'one'] });
    expect((await builder.image()).config.config!.Labels).toEqual({ is: 'one' });
    expect(await builder.fails('FROM busybox AS build\n', { args: ['--target', 'biuld'] })).toContain(
      'did you mean build?',
    );
  });

  test('ONBUILD triggers run in the child: of an image, and of a stage', async () => {
    await builder.ok(
      'FROM busybox\nONBUILD ARG WHO=nobody\nONBUILD RUN echo hello $WHO > /trigger\nONBUILD LABEL triggered=yes\n',
      { args: ['-t', 'parent'] },
    );
    const { log } = await builder.ok(
      'FROM parent AS stage\nONBUILD RUN echo stage > /stage\nFROM stage\nRUN cat /trigger /stage\n',
      { args: ['--build-arg', 'WHO=world'] },
    );
    expect(log).toContain('ONBUILD RUN echo hello world > /trigger');
    expect(log).toMatch(/hello world\n#\d+ [\d.]+ stage/);
    const { config } = await builder.image();
    expect(config.config).toMatchObject({ Labels: { triggered: 'yes' } });
    expect(config.config!.OnBuild).toBeUndefined();
  });

  test('scopes of arguments: global, stage, platform', async () => {
    const { log } = await builder.ok(
      `ARG BASE=busybox
ARG GLOBAL=g
FROM $BASE AS a
RUN echo "[\${GLOBAL}]"
ARG GLOBAL
ARG TARGETARCH
ENV E=1
ARG E=2
RUN echo "[\${GLOBAL}] \${TARGETARCH} E=\${E}"
FROM a
RUN echo "inherited [\${GLOBAL}]"
`,
      { args: ['--build-arg', 'GLOBAL=given'] },
    );
    const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'];
    expect(log).toMatch(/ \[\]\n/);
    expect(log).toContain(`[given] ${arch} E=2`);
    expect(log).toContain('inherited [given]');
  });

  test('an argument that nothing declares is warned of', async () => {
    const args = ['--build-arg', 'B=1', '--build-arg', 'A=1'];
    expect((await builder.ok('FROM busybox\nARG A\n', { args })).log).toContain('build-args were not consumed: B');
  });

  test('named contexts: a folder for COPY and FROM, an image in the place of a stage', async () => {
    const extra = await builder.context({ 'x.txt': 'X' });
    await builder.addImage('docker.io/library/other:latest', { config: { Labels: { is: 'other' } } });
    await builder.ok(
      'FROM alpine:none AS base\nRUN false\nFROM extra AS files\nFROM base\nCOPY --from=extra /x.txt /a\nCOPY --from=files /x.txt /b\n',
      { args: ['--build-context', `extra=${extra}`, '--build-context', 'base=docker-image://other'] },
    );
    expect(await builder.files(2)).toEqual({ a: 'X', b: 'X' });
    expect((await builder.image()).config.config!.Labels).toEqual({ is: 'other' });
  });

  test('an OCI layout as named context', async () => {
    const folder = await builder.context({});
    await builder.ok('FROM busybox\nRUN echo inside > /made\n', {
      args: ['-o', `type=oci,tar=false,dest=${folder}/layout`],
    });
    const { log } = await builder.ok('FROM base\nRUN cat /made\n', {
      args: ['--build-context', `base=oci-layout://${folder}/layout`],
    });
    expect(log).toContain('inside');
  });

  test('a Dockerfile on standard input, without and with a context', async () => {
    const folder = await builder.context({ 'f.txt': 'F' });
    const heredoc = 'FROM busybox\nCOPY <<X /x\nhi\nX\n';
    expect((await builder.build(folder, { args: ['-t', 'result'], context: false, stdin: heredoc })).error).toBe('');
    expect(await builder.files(1)).toEqual({ x: 'hi\n' });
    const copy = 'FROM busybox\nCOPY f.txt /\n';
    expect((await builder.build(folder, { args: ['-t', 'result', '-f', '-'], stdin: copy })).error).toBe('');
    expect(await builder.files(1)).toEqual({ 'f.txt': 'F' });
    expect((await builder.build(folder, { context: false, stdin: copy })).error).toContain('there is no build context');
  });
});

test('limits and privileges of RUN steps', async () => {
  const { log } = await builder.ok(
    `FROM busybox
RUN df /dev/shm | tail -1 && echo files $(ulimit -n) && grep CapEff /proc/self/status && grep Seccomp: /proc/self/status
RUN --security=insecure grep Seccomp: /proc/self/status && mount | grep ' /sys '
RUN --network=host ls /sys/class/net
RUN ls /sys/class/net
`,
    {
      args: [
        '--allow',
        'security.insecure',
        '--allow',
        'network.host',
        '--shm-size',
        '1m',
        '--ulimit',
        'nofile=77:88',
        '--memory',
        '64m',
        '--jobs',
        '1',
      ],
    },
  );
  expect(log).toMatch(/shm +1024 /);
  expect(log).toContain('files 77');
  expect(log).toMatch(/CapEff:\t00000000a80425fb/);
  expect(log).toMatch(/Seccomp:\t2/);
  expect(log).toMatch(/Seccomp:\t0[\s\S]*\/sys type sysfs \(rw/);
});

test('a Dockerfile of one megabyte is read and built in seconds', async () => {
  const many = Array.from({ length: 40_000 }, (_, i) => `ENV V${i}="a value of ${i}"\n`).join('');
  expect(many.length).toBeGreaterThan(1_000_000);
  await builder.ok(`FROM busybox\n${many}`);
  expect((await builder.image()).config.config!.Env).toHaveLength(40_001);
});

describe('failures', () => {
  test('a program that fails: where, how and what it said last', async () => {
    const folder = await builder.context({ Dockerfile: 'FROM busybox AS s\nRUN echo about to fail; exit 7\n' });
    const { error, thrown, log } = await builder.build(folder);
    expect(error).toContain('did not complete successfully: exit code: 7');
    expect(error).toMatch(/2 \| >>> RUN echo about to fail; exit 7\n\s+\|\s+\^\^\^/);
    expect(thrown).toBeInstanceOf(StepFailed);
    expect(thrown).toMatchObject({
      code: 'step-failed',
      exit: { exitCode: 7 },
      output: ['about to fail'],
      location: { line: 2 },
    });
    expect(log).toContain('------\n > [s 2/2] RUN echo about to fail; exit 7:\nabout to fail\n------');
  });

  test('a signal is named', async () => {
    expect(await builder.fails('FROM busybox\nRUN ["sh", "-c", "kill -9 $$$$"]\n')).toMatch(/signal|exit code/);
  });

  test('a program that is not there', async () => {
    expect(await builder.fails('FROM busybox\nRUN ["/no/such/program"]\n')).toContain('exit code: 127');
    expect(await builder.fails('FROM busybox\nRUN nosuchprogram\n')).toContain('exit code: 127');
  });

  test('too little memory is told as such', async () => {
    const error = await builder.fails('FROM busybox\nRUN dd if=/dev/zero of=/dev/shm/x bs=1M count=60\n', {
      args: ['--memory', '8m', '--memory-swap', '8m'],
    });
    expect(error).toContain('ran out of memory');
  });

  test.each([
    ['an image that is nowhere', 'FROM nowhere.invalid/x:1\n', /cannot get image nowhere\.invalid\/x:1/, 1],
    ['an unknown instruction', 'FROM busybox\nRNU true\n', /unknown instruction: RNU \(did you mean RUN\?\)/, 2],
    ['a file that is missing', 'FROM busybox\nCOPY missing.txt /\n', /missing\.txt/, 2],
    ['a user that is missing', 'FROM busybox\nUSER who\nRUN true\n', /there is no user "who"/, 3],
    [
      'insecure mode that was not allowed',
      'FROM busybox\nRUN --security=insecure true\n',
      /allow security\.insecure/,
      2,
    ],
    ["the host's network that was not allowed", 'FROM busybox\nRUN --network=host true\n', /allow network\.host/, 2],
    ['a platform that the base does not have', 'FROM --platform=linux/s390x busybox\nRUN true\n', /s390x/, 1],
    ['a misspelt stage', 'FROM busybox AS build\nFROM busybox\nCOPY --from=biuld /x /y\n', /did you mean build\?/, 3],
  ])('%s', async (_what, dockerfile, message, line) => {
    const error = await builder.fails(dockerfile);
    expect(error).toMatch(message);
    expect(error).toContain(`Dockerfile:${line}`);
    expect(error).not.toMatch(/\.ts:\d+/);
  });

  test('a missing Dockerfile', async () => {
    expect((await builder.build(await builder.context({ Dockerfil: 'x' }))).error).toContain('did you mean Dockerfil?');
    const named = await builder.build(builder.folder, { args: ['-f', '/nowhere/Dockerfile'] });
    expect(named.error).toContain('/nowhere/Dockerfile: no such file');
  });

  test.each([
    [['--provenance=true'], 'attestations are not made yet'],
    [['--attest', 'type=sbom'], 'attestations are not made yet'],
    [['--platfrom', 'x'], 'did you mean --platform?'],
    [['--network', 'mine'], 'named networks are not there yet'],
    [['--push'], 'to push, the image needs a name'],
  ])('%j is refused', async (args, message) => {
    const folder = await builder.context({ Dockerfile: 'FROM busybox\n' });
    const attempt = builder.build(folder, { args }).then(
      (built) => built.error,
      (error: Error) => `${error.message} ${(error as { hint?: string }).hint}`,
    );
    expect(await attempt).toContain(message);
  });
});
