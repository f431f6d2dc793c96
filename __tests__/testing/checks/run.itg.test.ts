import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TestCase, TestReport } from '../../../src/reports.ts';
import { busyboxEntries, type Entry, makeImage, makeLayer } from '../../helpers/busybox-image.ts';
import { CommandLine } from '../../helpers/command-line.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('checks');
const cli = new CommandLine(join(folder, 'cli'));
const cwd = join(folder, 'cli', 'cwd');

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const file = (name: string, text: string, mode = 0o644, more: object = {}): Entry => [
  { name, mode, ...more },
  Buffer.from(text),
];
const link = (name: string, linkname: string): Entry => [{ name, type: 'symlink', linkname, mode: 0o777 }];
const dir = (name: string, mode = 0o755): Entry => [{ name, type: 'directory', mode }];

beforeAll(async () => {
  await mkdir(cwd, { recursive: true });
  await writeFile(join(folder, 'secret'), 'SECRET OF THE HOST');
  const engine = await cli.engine;
  const store = await engine.content();
  const layers = [
    await makeLayer(store, await busyboxEntries()),
    await makeLayer(store, [
      dir('app'),
      file('app/config', 'port=8080\nmode=production\n', 0o640, { uid: 1000, gid: 1001 }),
      file('app/run', '#!/bin/sh\necho run\n', 0o754),
      file('app/set', 'x', 0o6755),
      file('app/secretless', 'nothing here'),
      link('app/link', 'run'),
      link('app/dangling', 'none'),
      link('app/loop', 'loop'),
      link('app/out', join(folder, 'secret')),
      link('app/up', `../../../../../../../..${join(folder, 'secret')}`),
      link('app/host', '../../../../../../../..'),
      [{ name: 'app/pipe', type: 'fifo', mode: 0o644 }],
      file('app/large', 'x'.repeat(9 * 1024 * 1024)),
      dir('usr/share'),
      dir('usr/share/doc'),
      dir('usr/share/doc/good'),
      file('usr/share/doc/good/copyright', 'License: MIT'),
      dir('usr/share/doc/libgnutls30'),
    ]),
    await makeLayer(store, [file('app/.wh.secretless', '')]),
  ];
  const image = await makeImage(store, layers, {
    Cmd: ['serve', '--fast'],
    Entrypoint: ['/app/run'],
    Env: [`PATH=${PATH}`, 'APP_HOME=/app', 'VERSION=1.2.3'],
    Labels: { vendor: 'ACME', built: '2024-01-02' },
    ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
    WorkingDir: '/app',
    User: 'nobody',
  });
  await (await engine.refs()).set('docker.io/library/app:1', image.descriptor);
});

/** Runs a file of checks; its cases by name. */
async function run(
  text: string,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; cases: Record<string, TestCase>; report: TestReport; stderr: string }> {
  await writeFile(join(cwd, 'checks.yaml'), `schemaVersion: 2.0.0\n${text}`);
  const { code, stdout, stderr } = await cli.run(
    ['test', '--progress', 'quiet', '--json', '--checks', 'checks.yaml', ...words, 'app:1'],
    '',
    env,
  );
  const report = stdout === '' ? (undefined as never) : (JSON.parse(stdout) as TestReport);
  const cases = Object.fromEntries((report?.results[0]?.cases ?? []).map((one) => [one.name, one]));
  return { code, cases, report, stderr };
}

/** What is wrong, by name. */
function problems(cases: Record<string, TestCase>): Record<string, string> {
  const bad = Object.values(cases).filter(({ outcome }) => outcome !== 'passed');
  return Object.fromEntries(bad.map((one) => [one.name, [one.message, one.details].filter(Boolean).join('\n')]));
}

describe('command checks', () => {
  test('run in fresh containers without the entrypoint, judged by exit code and both streams', async () => {
    const { code, cases } = await run(`
globalEnvVars:
- {key: GREETING, value: hello}
- {key: PATH, value: "/app:$PATH"}
commandTests:
- {name: output, command: sh, args: [-c, 'echo $GREETING; echo oops >&2; exit 3'], exitCode: 3, expectedOutput: ['^hello\\n$'], expectedError: [oops], excludedOutput: [oops]}
- {name: path from globals, command: run, expectedOutput: [run]}
- {name: image variables in arguments, command: echo, args: ['$APP_HOME', '\${VERSION}', '$NONE'], expectedOutput: ['/app 1\\.2\\.3 \\$NONE']}
- {name: own variable, command: printenv-is-absent, envVars: [{key: A, value: '$GREETING you'}], setup: [], exitCode: 0}
- {name: shell keeps its own, command: sh, args: [-c, 'for i in 1 2; do echo $i; done'], expectedOutput: ["1\\n2\\n"]}
- {name: user and folder, command: sh, args: [-c, 'id -u; pwd'], expectedOutput: ["65534\\n/app\\n"]}
`);
    expect(code).toBe(1);
    expect(Object.keys(cases)).toHaveLength(6);
    expect(problems(cases)).toEqual({
      'own variable': expect.stringMatching(/^printenv-is-absent could not be started: .*printenv-is-absent/),
    });
    expect(await (await (await cli.engine).containers()).list()).toEqual([]);
  });

  test('a failure says what was expected and what was found, with its place', async () => {
    const { report } = await run(`commandTests:
- {name: code, command: 'false'}
- name: text
  command: printf
  args: ["one\\ntwo\\n"]
  expectedOutput: [three, '^two$']
  excludedOutput: ['o.e']
- {name: fine, command: 'true'}
`);
    expect(report.results[0]).toMatchObject({ outcome: 'failed', message: '2 of 3 checks failed' });
    const [code, text] = report.results[0]!.cases;
    expect(code).toMatchObject({
      suite: 'commandTests',
      file: 'checks.yaml',
      line: 3,
      outcome: 'failed',
      message: 'expected exit code 0, found 1',
    });
    expect(text).toMatchObject({
      line: 4,
      message: 'expected standard output to match /three/, found "one\\ntwo\\n"',
      details: `expected standard output to match /^two$/, found "one\\ntwo\\n"; (?m) at its beginning makes ^ and $ match at each line
expected standard output not to match /o.e/, found "one"
standard output:
one
two`,
    });
    const { stdout } = await cli.run(['test', '--progress', 'quiet', '--checks', 'checks.yaml', 'app:1']);
    expect(stdout).toContain('    ✗ checks.yaml:3: commandTests › code: expected exit code 0, found 1\n');
  });

  test('setup and teardown run in the same root, before and after; a setup that fails is told', async () => {
    const { cases } = await run(`
containerRunOptions: {user: root}
commandTests:
- {name: a, setup: [[sh, -c, 'echo 1 > /made'], [sh, -c, 'echo 2 >> /made; echo 3 > /data/v']], teardown: [[rm, /made], [none]], command: cat, args: [/made, /data/v], expectedOutput: ["^1\\n2\\n3\\n$"]}
- {name: b, command: ls, args: [/made], exitCode: 1}
- {name: c, setup: [[sh, -c, 'echo broken; exit 4']], command: 'true'}
- {name: d, setup: [[none]], command: 'true'}
`);
    expect(problems(cases)).toEqual({
      c: 'setup sh -c echo broken; exit 4: expected exit code 0, found 4\nstandard output:\nbroken',
      d: expect.stringMatching(/^setup none could not be started: /),
    });
  });

  test('one that does not end is killed, one that needs too much memory is told', async () => {
    const { cases } = await run(
      `commandTests:
- {name: endless, command: sh, args: [-c, 'echo begun; sleep 4243 & sleep 4243']}
- {name: hungry, command: tail, args: [/dev/zero]}`,
      ['--timeout', '2s', '--memory', '16m'],
    );
    expect(problems(cases)).toEqual({
      endless: 'did not end within 2 s\nstandard output:\nbegun',
      hungry: 'expected exit code 0, found 137: it ran out of memory',
    });
  });

  test('output that is too large to look at is no success', async () => {
    const { cases } = await run(`commandTests:
- {name: flood, command: sh, args: [-c, 'yes | head -c 6000000; yes | head -c 6000000 >&2'], excludedOutput: [secret]}`);
    expect(problems(cases).flood).toMatch(
      /^expected standard output that can be looked at, found more than 4194304 characters/,
    );
    expect(problems(cases).flood!.length).toBeLessThan(10_000);
  });

  test('a pattern that would need too long is given up and told', async () => {
    const { cases } = await run(`commandTests:
- {name: slow, command: sh, args: [-c, 'head -c 12000000 /dev/urandom | tr -dc ab'], excludedOutput: ['a.{900}c']}
- {name: backtracking, command: sh, args: [-c, 'head -c 60000 /dev/zero | tr "\\0" a'], excludedOutput: ['^(a+)+b$', '(a|aa)*c']}`);
    expect(cases.backtracking!.outcome).toBe('passed');
    expect(problems(cases).slow).toMatch(
      /^the pattern \/a\.\{900\}c\/ could not be decided for standard output: it takes too long on this text/,
    );
  });

  test('run options: user, variables of the caller and of a file, capabilities, a terminal, read-only mounts', async () => {
    await mkdir(join(cwd, 'fixtures'), { recursive: true });
    await writeFile(join(cwd, 'fixtures', 'f'), 'fixture');
    await writeFile(join(cwd, 'own.env'), '# mine\nFROM_FILE=1 2\n');
    const { code, cases } = await run(
      `
containerRunOptions:
  user: root
  allocateTty: true
  envVars: [TOKEN]
  envFile: own.env
  capabilities: [SYS_NICE]
  bindMounts: [./fixtures:/mnt]
commandTests:
- {name: user, command: id, args: [-u], expectedOutput: ['^0\\r\\n$']}
- {name: env, command: sh, args: [-c, 'echo $TOKEN $FROM_FILE'], expectedOutput: ['from-caller 1 2']}
- {name: tty, command: sh, args: [-c, 'test -t 1 && echo terminal'], expectedOutput: [terminal]}
- {name: mount, command: sh, args: [-c, 'cat /mnt/f; touch /mnt/new || echo refused'], expectedOutput: ['fixture', 'refused']}
- {name: caps, command: sh, args: [-c, 'grep CapEff /proc/self/status'], expectedOutput: ['CapEff:\\s+00000000a88425fb']}
`,
      [],
      { TOKEN: 'from-caller' },
    );
    expect([code, problems(cases)]).toEqual([0, {}]);
  });
});

describe('file checks', () => {
  test('existence, mode, owner and who may execute', async () => {
    const { code, cases } = await run(`fileExistenceTests:
- {name: file, path: /app/config, shouldExist: true, permissions: '-rw-r-----', uid: 1000, gid: 1001}
- {name: variable in the path, path: $APP_HOME/config}
- {name: folder, path: /app/, permissions: drwxr-xr-x}
- {name: root, path: /, uid: 0}
- {name: sticky as ls, path: /tmp, permissions: drwxrwxrwt}
- {name: sticky as go, path: /tmp, permissions: dtrwxrwxrwx}
- {name: set-id as ls, path: /app/set, permissions: -rwsr-sr-x}
- {name: set-id as go, path: /app/set, permissions: ugrwxr-xr-x}
- {name: link, path: /app/link, permissions: Lrwxrwxrwx, isExecutableBy: owner}
- {name: through a link, path: /app/host/app/config, gid: 1001}
- {name: dangling, path: /app/dangling}
- {name: whiteout, path: /app/secretless, shouldExist: false}
- {name: file as folder, path: /app/config/below, shouldExist: false}
- {name: any, path: /app/run, isExecutableBy: any}
`);
    expect(problems(cases)).toEqual({});
    expect([code, Object.keys(cases).length]).toEqual([0, 14]);
  });

  test('and what is wrong with them', async () => {
    const { cases } = await run(`fileExistenceTests:
- {name: none, path: /app/none}
- {name: there, path: /app/config, shouldExist: false}
- {name: mode, path: /app/config, permissions: '-rw-r--r--', uid: 0, gid: 0}
- {name: other, path: /app/run, isExecutableBy: other}
- {name: group, path: /app/link, isExecutableBy: other}
- {name: no target, path: /app/dangling, isExecutableBy: any}
- {name: on the way, path: /app/config/below}
`);
    expect(problems(cases)).toEqual({
      none: 'expected /app/none to exist, found nothing',
      there: 'expected nothing at /app/config, found a file',
      mode: 'expected permissions -rw-r--r--, found -rw-r-----\nexpected user 0 as owner, found 1000\nexpected group 0 as owner, found 1001',
      other: 'expected /app/run to be executable by other, found -rwxr-xr--',
      group: 'expected /app/link to be executable by other, found -rwxr-xr--',
      'no target': 'expected /app/dangling to be executable by anybody, found a link to none: nothing',
      'on the way': expect.stringMatching(/^expected \/app\/config\/below to exist, found /),
    });
  });

  test('contents', async () => {
    const { cases } = await run(`fileContentTests:
- {name: good, path: /app/config, expectedContents: ['port=\\d+', '(?m)^mode=production$'], excludedContents: [debug]}
- {name: bad, path: /app/config, expectedContents: ['port=80\\b'], excludedContents: [prod]}
- {name: none, path: /app/none, expectedContents: [a]}
- {name: folder, path: /app, expectedContents: [a]}
- {name: pipe, path: /app/pipe, excludedContents: [a]}
- {name: large, path: /app/large, excludedContents: [a]}
`);
    expect(problems(cases)).toEqual({
      bad: `expected /app/config to match /port=80\\b/, found "port=8080\\nmode=production\\n"
expected /app/config not to match /prod/, found "mode=production"`,
      none: 'expected the file /app/none, found nothing',
      folder: 'expected the file /app, found a folder',
      pipe: 'expected the file /app/pipe, found a pipe',
      large: 'expected /app/large that can be looked at, found more than 8388608 characters',
    });
  });

  test('links of the image lead nowhere on this machine', async () => {
    const { cases } = await run(`fileContentTests:
- {name: absolute, path: /app/out, excludedContents: [SECRET]}
- {name: climbing, path: /app/up, excludedContents: [SECRET]}
- {name: path, path: "/app/host/../../..${join(folder, 'secret')}", excludedContents: [SECRET]}
- {name: through, path: "/app/host${join(folder, 'secret')}", excludedContents: [SECRET]}
- {name: loop, path: /app/loop, excludedContents: [x]}
fileExistenceTests:
- {name: no such file here, path: "/app/host${join(folder, 'secret')}", shouldExist: false}
- {name: in the image, path: /app/host/etc/passwd}
`);
    expect(problems(cases)).toEqual({
      absolute: 'expected the file /app/out, found nothing',
      climbing: 'expected the file /app/up, found nothing',
      path: expect.stringContaining('found nothing'),
      through: expect.stringContaining('found nothing'),
      loop: 'expected the file /app/loop, found links that run in circles',
    });
  });

  test('licences, by the rule of the original', async () => {
    const good = await run('licenseTests: [{debian: true}]');
    expect([good.code, problems(good.cases)]).toEqual([0, {}]);
    const { cases } = await run('licenseTests: [{debian: true, files: [/app/config, /app/none]}]');
    expect(problems(cases)).toEqual({ licences: 'expected the licence /app/none, found nothing' });
  });
});

describe('metadata checks', () => {
  test('what the config says', async () => {
    const { code, cases } = await run(`metadataTest:
  envVars: [{key: VERSION, value: '^1\\.\\d', isRegex: true}, {key: APP_HOME, value: /app}]
  unboundEnvVars: [{key: SECRET}]
  labels: [{key: vendor, value: ACME}, {key: built, value: '\\d{4}', isRegex: true}]
  entrypoint: [/app/run]
  cmd: [serve, --fast]
  workdir: /app
  user: nobody
  exposedPorts: [8080, 53/udp]
  unexposedPorts: [22, 53/tcp]
  volumes: [/data/]
  unmountedVolumes: [/other]
`);
    expect(problems(cases)).toEqual({});
    expect([code, Object.keys(cases).length]).toEqual([0, 15]);
  });

  test('and what is wrong with it', async () => {
    const { cases } = await run(`metadataTest:
  envVars: [{key: VERSION, value: '^2', isRegex: true}, {key: APP_HOME, value: /srv}, {key: NONE, value: x}]
  unboundEnvVars: [{key: VERSION}]
  labels: [{key: vendor, value: Other}]
  entrypoint: []
  cmd: [serve]
  workdir: /srv
  user: root
  exposedPorts: [80]
  unexposedPorts: [8080]
  volumes: [/none]
  unmountedVolumes: [/data]
`);
    const found = problems(cases);
    expect(Object.keys(found)).toHaveLength(13);
    expect(found).toMatchObject({
      'environment variable APP_HOME': 'expected "/srv", found "/app"',
      'environment variable NONE': 'expected environment variable NONE, found PATH, APP_HOME, VERSION',
      'no environment variable VERSION': 'expected no variable VERSION, found "1.2.3"',
      'label vendor': 'expected "Other", found "ACME"',
      entrypoint: 'expected [], found ["/app/run"]',
      cmd: 'expected ["serve"], found ["serve","--fast"]',
      user: 'expected "root", found "nobody"',
      'port 80': 'expected port 80 to be exposed, found 8080/tcp, 53/udp',
      'no volume /data': 'expected no volume /data, found /data',
    });
    expect(cases.user).toMatchObject({ file: 'checks.yaml', line: 9 });
  });
});

describe('a file that cannot be used stops everything before it begins', () => {
  test.each([
    ['commandTests: [{name: a, comand: b}]', 'unknown key comand (did you mean command?)'],
    ['containerRunOptions: {envVars: [NOT_SET]}\nlicenseTests: [{debian: true}]', 'the variable NOT_SET is not set'],
    ['containerRunOptions: {envFile: none.env}\nlicenseTests: [{debian: true}]', 'envFile: there is no none.env'],
    ['containerRunOptions: {bindMounts: [/etc:/x]}\nlicenseTests: [{debian: true}]', 'outside of the project'],
    ['containerRunOptions: {bindMounts: [../:/x]}\nlicenseTests: [{debian: true}]', 'outside of the project'],
    ['containerRunOptions: {bindMounts: [trap:/x]}\nlicenseTests: [{debian: true}]', 'outside of the project'],
    ['containerRunOptions: {envFile: trap/shadow}\nlicenseTests: [{debian: true}]', 'outside of the project'],
    ['containerRunOptions: {privileged: true}\nlicenseTests: [{debian: true}]', 'could take over this machine'],
  ])('%s', async (text, message) => {
    await rm(join(cwd, 'trap'), { force: true });
    await symlink('/etc', join(cwd, 'trap'));
    const { code, stderr, report } = await run(text);
    expect([code, report]).toEqual([65, undefined]);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/checks\.yaml:2/);
  });

  test.each([
    ['none.yaml', 'there is no such file'],
    ['.', 'it is no file'],
    ['/dev/zero', 'it is no file'],
  ])('%s', async (name, message) => {
    const { code, stderr } = await cli.run(['test', '--progress', 'quiet', '--checks', name, 'app:1']);
    expect([code, stderr]).toEqual([65, expect.stringContaining(message)]);
  });
});
