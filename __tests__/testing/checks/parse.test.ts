import { describe, expect, test } from '@jest/globals';
import { ContainerizeError } from '../../../src/errors.ts';
import { parseChecks } from '../../../src/testing/checks/parse.ts';

const V = 'schemaVersion: 2.0.0\n';

/** `line:column: message (hint)` of what is wrong. */
function wrong(text: string): string {
  try {
    parseChecks(text, 'checks.yaml');
  } catch (error) {
    if (!(error instanceof ContainerizeError)) throw error;
    const { line, column, file } = error.location ?? {};
    if (error.location !== undefined) expect([file, error.location.text]).toEqual(['checks.yaml', text]);
    return `${line}:${column}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`;
  }
  return 'nothing';
}

describe('a file of checks', () => {
  test('may have all sections of schema 2.0.0', () => {
    const checks = parseChecks(
      `schemaVersion: "2.0.0"
globalEnvVars: [{ key: VIRTUAL_ENV, value: /env }, { key: PATH, value: "/env/bin:$PATH" }]
commandTests:
  - name: gunicorn
    setup: [[virtualenv, /env], [pip, install, gunicorn]]
    teardown: [[rm, -r, /env]]
    command: which
    args: [gunicorn, 1, yes]
    envVars: [{ key: A, value: 1.10 }]
    exitCode: 3
    expectedOutput: ['/env/.*']
    excludedError: ['(?i)warning']
fileExistenceTests:
- { name: Root, path: /, shouldExist: yes, permissions: drwxr-xr-x, uid: 0, gid: "0", isExecutableBy: any }
- { name: No, path: /none, shouldExist: false }
fileContentTests:
- { name: Sources, path: /etc/apt/sources.list, expectedContents: ['debian\\.org'], excludedContents: [mirror] }
metadataTest:
  envVars: [{ key: foo, value: baz }, { key: bar, value: '^\\d+$', isRegex: true }]
  unboundEnvVars: [{ key: SECRET }]
  labels: [{ key: vendor, value: ACME }]
  exposedPorts: ["8080", 2345]
  unexposedPorts: [22/tcp]
  volumes: [/test]
  unmountedVolumes: [/other]
  entrypoint: []
  cmd: [/bin/bash]
  workdir: /app
  user: luke
licenseTests: [{ debian: true, files: [/foo/bar] }]
containerRunOptions:
  user: nobody
  privileged: false
  allocateTty: true
  envFile: .env
  envVars: [TOKEN]
  capabilities: [net_bind_service, CAP_SYS_NICE]
  bindMounts: ['./fixtures:/data', './more:/more:ro']
`,
      'c.yaml',
    );
    expect(checks).toMatchObject({
      globalEnv: [
        { key: 'VIRTUAL_ENV', value: '/env' },
        { key: 'PATH', value: '/env/bin:$PATH' },
      ],
      commands: [
        {
          name: 'gunicorn',
          line: 4,
          setup: [
            ['virtualenv', '/env'],
            ['pip', 'install', 'gunicorn'],
          ],
          teardown: [['rm', '-r', '/env']],
          command: ['which', 'gunicorn', '1', 'yes'],
          env: [{ key: 'A', value: '1.10' }],
          exitCode: 3,
          stdout: { expected: [{ source: '/env/.*' }], excluded: [] },
          stderr: { expected: [], excluded: [{ source: '(?i)warning' }] },
        },
      ],
      existence: [
        { name: 'Root', shouldExist: true, permissions: 'drwxr-xr-x', uid: 0, gid: 0, executableBy: 'any' },
        { name: 'No', shouldExist: false },
      ],
      metadata: {
        env: [
          { key: 'foo', value: 'baz' },
          { key: 'bar', value: { source: '^\\d+$' } },
        ],
        unboundEnv: [{ value: 'SECRET' }],
        exposedPorts: [{ value: '8080' }, { value: '2345' }],
        entrypoint: { value: [], line: 26 },
        cmd: { value: ['/bin/bash'] },
        user: { value: 'luke' },
      },
      licenses: [{ debian: true, files: ['/foo/bar'] }],
      options: {
        user: 'nobody',
        tty: true,
        env: [{ value: 'TOKEN' }],
        envFile: { value: '.env' },
        capabilities: ['NET_BIND_SERVICE', 'SYS_NICE'],
        binds: [
          { value: { source: './fixtures', destination: '/data' } },
          { value: { source: './more', destination: '/more' } },
        ],
      },
    });
  });

  test('may be JSON', () => {
    const json = JSON.stringify(
      { schemaVersion: '2.0.0', fileExistenceTests: [{ name: 'a', path: '/a', shouldExist: true }] },
      null,
      2,
    );
    expect(parseChecks(json, 'c.json').existence).toMatchObject([{ name: 'a', line: 4 }]);
  });

  test('that says nothing of entrypoint and cmd does not look at them', () => {
    const { metadata } = parseChecks(`${V}metadataTest: {entrypoint: , workdir: /}`, 'c');
    expect([metadata!.entrypoint, metadata!.cmd]).toEqual([undefined, undefined]);
  });
});

test('anchors and merged keys are followed', () => {
  const { commands } = parseChecks(
    `${V}commandTests:
- &first {name: a, command: ls, args: &args [-l, /]}
- {<<: *first, name: b}
- {name: c, command: cat, args: *args}`,
    'c',
  );
  expect(commands.map(({ name, command }) => [name, ...command])).toEqual([
    ['a', 'ls', '-l', '/'],
    ['b', 'ls', '-l', '/'],
    ['c', 'cat', '-l', '/'],
  ]);
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['', '1:1: expected keys with values, found nothing'],
    ['commandTests: []', '1:1: schemaVersion is missing'],
    ['schemaVersion: 1.0.0', '1:16: schemaVersion: expected 2.0.0, found "1.0.0"'],
    [V, '1:1: no check is in this file'],
    [`${V}comandTests: []`, '2:1: comandTests: unknown key comandTests (did you mean commandTests?)'],
    [`${V}commandTests: {}`, '2:15: commandTests: expected a list, found keys with values'],
    [
      `${V}commandTests:\n- name: a\n  comand: ls`,
      '4:3: commandTests[0].comand: unknown key comand (did you mean command?)',
    ],
    [`${V}commandTests:\n- name: a`, '3:3: commandTests[0]: command is missing'],
    [`${V}commandTests:\n- command: ls`, '3:3: commandTests[0]: name is missing'],
    [
      `${V}commandTests:\n- {name: a, command: ls, setup: [ls]}`,
      '3:34: commandTests[0].setup[0]: expected a list, found "ls"',
    ],
    [`${V}commandTests:\n- {name: a, command: ls, setup: [[]]}`, '3:34: commandTests[0].setup[0]: expected a program'],
    [`${V}commandTests:\n- {name: a, command: ls, exitCode: 300}`, 'expected 0 to 255, found 300'],
    [`${V}commandTests:\n- {name: a, command: ls, exitCode: one}`, 'expected a whole number, found "one"'],
    [
      `${V}commandTests:\n- {name: a, command: ls, expectedOutput: ['(']}`,
      '3:43: commandTests[0].expectedOutput[0]: not a regular expression: a "(" without its ")": (',
    ],
    [`${V}commandTests:\n- {name: a, command: ls, envVars: [{key: "A=B"}]}`, 'the name of a variable has no "="'],
    [`${V}fileExistenceTests:\n- {name: a}`, 'path is missing'],
    [`${V}fileExistenceTests:\n- {name: a, path: /a, shouldExist: maybe}`, 'expected true or false, found "maybe"'],
    [`${V}fileExistenceTests:\n- {name: a, path: /a, permissions: 0644}`, 'expected a mode such as -rw-r--r--, found'],
    [
      `${V}fileExistenceTests:\n- {name: a, path: /a, isExecutableBy: owners}`,
      'expected owner, group, other, any, found "owners" (did you mean owner?)',
    ],
    [`${V}fileExistenceTests:\n- {name: a, path: /a, shouldExist: false, uid: 0}`, 'should not exist has neither'],
    [`${V}fileExistenceTests:\n- {name: a, path: "/a\\0b"}`, 'a path has no zero byte'],
    [`${V}licenseTests:\n- {debian: false}`, 'expected debian: true, or files to read'],
    [`${V}containerRunOptions: {privileged: true}`, '2:35: containerRunOptions.privileged: privileged containers are'],
    [`${V}containerRunOptions: {capabilities: [SYS_ADMIN]}`, 'the capability SYS_ADMIN is not given to checks'],
    [`${V}containerRunOptions: {capabilities: [ALL]}`, 'the capability ALL is not given to checks'],
    [`${V}containerRunOptions: {bindMounts: ["./a:/b:rw"]}`, 'mounts of checks are read-only, found "rw"'],
    [`${V}containerRunOptions: {bindMounts: [a]}`, 'expected SOURCE:/DESTINATION, found "a"'],
    [`${V}containerRunOptions: {bindMounts: ["a:/x/.."]}`, 'nothing can be mounted on / itself'],
    [`${V}a: [`, 'not YAML: '],
    [`${V}a: 1\na: 2`, '3:1: this key is there twice'],
    ['schemaVersion: 2.0.0\n---\nschemaVersion: 2.0.0', 'not YAML: '],
  ])('%j', (text, message) => {
    expect(wrong(text)).toContain(message);
  });

  test('aliases that multiply are refused, and so are nesting and size', () => {
    const bomb = `x: &a [${'1,'.repeat(20)}]\ny: &b [${'*a,'.repeat(20)}]\n`;
    expect(
      wrong(`${V}commandTests: &a [${`{name: a, command: a, setup: &s [[${'a,'.repeat(300)}]]},`.repeat(400)}]`),
    ).toMatch(/too large|nothing/);
    const many = `&w [${'a,'.repeat(500)}]`;
    expect(wrong(`${V}commandTests: [{name: a, command: a, setup: [${many}${', *w'.repeat(5000)}]}]`)).toContain(
      'aliases or nesting make the file too large',
    );
    expect(wrong(`${V}${bomb}`)).toContain('unknown key x');
    expect(wrong(`${V}commandTests: &a [*a]`)).not.toBe('nothing');
    expect(wrong(`${V}commandTests: ${'['.repeat(50_000)}`)).not.toBe('nothing');
    expect(wrong(`${V}#${'x'.repeat(1024 * 1024)}`)).toContain('at most 1048576 are read');
  });
});
