import { describe, expect, test } from '@jest/globals';
import { exampleSpec } from '../../src/runtime/oci/example-spec.ts';
import type { Spec } from '../../src/runtime/spec.ts';
import { checkContainerId, parseProcess, parseSpec } from '../../src/runtime/spec-parse.ts';

type Change = (spec: Spec & Record<string, unknown>) => void;

function parsed(change: Change): () => Spec {
  const spec = structuredClone(exampleSpec()) as Spec & Record<string, unknown>;
  change(spec);
  return () => parseSpec(JSON.stringify(spec), 'config.json');
}

describe('config.json', () => {
  test('of our own example is valid, with and without root', () => {
    expect(parsed(() => {})().process?.args).toEqual(['sh']);
    expect(() => parseSpec(JSON.stringify(exampleSpec({ uid: 1000, gid: 1000 })), 'config.json')).not.toThrow();
  });

  test('may have unknown fields and nulls', () => {
    const spec = parsed((s) => {
      s.future = { x: 1 };
      Object.assign(s.linux!, { sysctl: null, devices: null });
    })();
    expect(spec.linux!.sysctl).toBeUndefined();
  });

  const wrong: [what: string, change: Change, message: RegExp][] = [
    ['no version', (s) => Object.assign(s, { ociVersion: undefined }), /ociVersion: is required/],
    ['a version that is none', (s) => Object.assign(s, { ociVersion: '1.x' }), /ociVersion: expected a version/],
    ['version 2', (s) => Object.assign(s, { ociVersion: '2.0.0' }), /only versions 1\.x/],
    ['no root', (s) => Object.assign(s, { root: undefined }), /root: is required/],
    [
      'a relative cwd',
      (s) => Object.assign(s.process!, { cwd: 'tmp' }),
      /process\.cwd: expected an absolute path, found "tmp"/,
    ],
    ['no program', (s) => Object.assign(s.process!, { args: [] }), /process\.args/],
    [
      'a number as argument',
      (s) => Object.assign(s.process!, { args: [1] }),
      /process\.args\[0\]: expected a string, found 1/,
    ],
    ['a NUL in an argument', (s) => Object.assign(s.process!, { args: ['a\0b'] }), /NUL/],
    ['a negative uid', (s) => Object.assign(s.process!, { user: { uid: -1, gid: 0 } }), /process\.user\.uid/],
    [
      'a uid beyond 32 bits',
      (s) => Object.assign(s.process!, { user: { uid: 2 ** 32, gid: 0 } }),
      /process\.user\.uid/,
    ],
    ['a misspelt capability', (s) => Object.assign(s.process!.capabilities!, { bounding: ['chown'] }), /CAP_CHOWN/],
    [
      'one rlimit twice',
      (s) => s.process!.rlimits!.push({ type: 'RLIMIT_NOFILE', hard: 1, soft: 1 }),
      /RLIMIT_NOFILE comes twice/,
    ],
    [
      'an unknown rlimit',
      (s) => Object.assign(s.process!.rlimits![0]!, { type: 'RLIMIT_NOFILES' }),
      /did you mean RLIMIT_NOFILE\?/,
    ],
    ['one namespace twice', (s) => s.linux!.namespaces!.push({ type: 'pid' }), /pid comes twice/],
    [
      'an unknown namespace',
      (s) => Object.assign(s.linux!.namespaces![0]!, { type: 'net' }),
      /namespaces\[0\]\.type: expected one of/,
    ],
    [
      'a relative namespace path',
      (s) => Object.assign(s.linux!.namespaces![0]!, { path: 'x' }),
      /expected an absolute path/,
    ],
    ['a hostname for the host', (s) => s.linux!.namespaces!.splice(3, 1), /hostname: needs a uts namespace/],
    [
      'a sysctl of the host',
      (s) => Object.assign(s.linux!, { sysctl: { 'kernel.core_pattern': '|/x' } }),
      /would change the host/,
    ],
    [
      'a sysctl that climbs',
      (s) => Object.assign(s.linux!, { sysctl: { 'net/../kernel/panic': '1' } }),
      /not the name of a sysctl|would change/,
    ],
    [
      'a sysctl without its namespace',
      (s) => {
        s.linux!.namespaces = s.linux!.namespaces!.filter((ns) => ns.type !== 'network');
        s.linux!.sysctl = { 'net.ipv4.ip_forward': '1' };
      },
      /needs a network namespace/,
    ],
    [
      'hostname twice over',
      (s) => Object.assign(s.linux!, { sysctl: { 'kernel.hostname': 'x' } }),
      /set one of the two/,
    ],
    [
      'mappings without a user namespace',
      (s) => Object.assign(s.linux!, { uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] }),
      /need a user namespace/,
    ],
    ['a user namespace without mappings', (s) => s.linux!.namespaces!.push({ type: 'user' }), /needs both/],
    [
      'an empty mapping',
      (s) => Object.assign(s.linux!, { uidMappings: [{ containerID: 0, hostID: 0, size: 0 }] }),
      /size: expected a whole number from 1/,
    ],
    [
      'a mount without destination',
      (s) => Object.assign(s.mounts![0]!, { destination: undefined }),
      /mounts\[0\]\.destination: is required/,
    ],
    [
      'a mount that climbs',
      (s) => Object.assign(s.mounts![0]!, { destination: '/a/../../b' }),
      /"\.\." is not allowed/,
    ],
    [
      'a mount inside /proc',
      (s) => s.mounts!.push({ destination: '/proc/sys', type: 'bind', source: '/tmp', options: ['bind'] }),
      /nothing may be mounted inside \/proc/,
    ],
    [
      'a bind without source',
      (s) => s.mounts!.push({ destination: '/x', type: 'bind' }),
      /source: a bind mount needs one/,
    ],
    [
      'half an id map',
      (s) =>
        s.mounts!.push({
          destination: '/x',
          type: 'bind',
          source: '/tmp',
          uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        }),
      /go together/,
    ],
    [
      'idmap from nowhere',
      (s) => s.mounts!.push({ destination: '/x', type: 'bind', source: '/tmp', options: ['idmap'] }),
      /idmap needs mappings/,
    ],
    [
      'a hook with a relative path',
      (s) => Object.assign(s, { hooks: { prestart: [{ path: 'x' }] } }),
      /hooks\.prestart\[0\]\.path/,
    ],
    [
      'a hook without time',
      (s) => Object.assign(s, { hooks: { poststop: [{ path: '/x', timeout: 0 }] } }),
      /timeout: expected a whole number from 1/,
    ],
    [
      'a device without numbers',
      (s) => Object.assign(s.linux!, { devices: [{ type: 'c', path: '/dev/x' }] }),
      /needs major and minor/,
    ],
    [
      'a device type',
      (s) => Object.assign(s.linux!, { devices: [{ type: 'z', path: '/dev/x' }] }),
      /devices\[0\]\.type/,
    ],
    [
      'a relative masked path',
      (s) => Object.assign(s.linux!, { maskedPaths: ['proc'] }),
      /maskedPaths\[0\]: expected an absolute path/,
    ],
    ['an unknown propagation', (s) => Object.assign(s.linux!, { rootfsPropagation: 'public' }), /rootfsPropagation/],
    [
      'a seccomp action',
      (s) => Object.assign(s.linux!, { seccomp: { defaultAction: 'SCMP_ACT_ALLOWED' } }),
      /did you mean SCMP_ACT_ALLOW\?/,
    ],
    [
      'a seccomp rule without names',
      (s) =>
        Object.assign(s.linux!, {
          seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [], action: 'SCMP_ACT_KILL' }] },
        }),
      /at least one name/,
    ],
    ['an empty annotation key', (s) => Object.assign(s, { annotations: { '': 'x' } }), /key must not be empty/],
    [
      'an annotation that is no string',
      (s) => Object.assign(s, { annotations: { a: 1 } }),
      /annotations\["a"\]: expected a string/,
    ],
    [
      'device access letters',
      (s) => Object.assign(s.linux!.resources!, { devices: [{ allow: true, access: 'rx' }] }),
      /letters of r, w, m/,
    ],
  ];

  test.each(wrong)('is refused with %s', (_, change, message) => {
    expect(parsed(change)).toThrow(message);
  });

  test('names everything that is wrong at once', () => {
    const bad = parsed((s) => {
      Object.assign(s.process!, { cwd: 'x', args: 'sh' });
      Object.assign(s, { hostname: 5 });
    });
    expect(bad).toThrow(/process\.args: expected a list[\s\S]*process\.cwd[\s\S]*hostname/);
  });

  test('keeps every bit of a filter’s 64-bit numbers', () => {
    const spec = JSON.stringify(exampleSpec()).replace(
      '"linux":{',
      '"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["x"],"action":"SCMP_ACT_KILL","args":[{"index":0,"op":"SCMP_CMP_EQ","value":18446744073709551615}]}]},',
    );
    expect(parseSpec(spec, 'config.json').linux!.seccomp!.syscalls![0]!.args![0]!.value).toBe(2n ** 64n - 1n);
    expect(() => parseSpec(spec.replace('18446744073709551615', '18446744073709551616'), 'c')).toThrow(
      /value: expected/,
    );
  });

  test('that is no JSON is refused by name', () => {
    expect(() => parseSpec('{"a":', '/b/config.json')).toThrow(/\/b\/config\.json: is not JSON/);
    expect(() => parseSpec('[]', 'config.json')).toThrow(/expected an object/);
  });
});

test('a process file is checked like the process of a config', () => {
  expect(parseProcess('{"cwd":"/","args":["x"]}', 'p').args).toEqual(['x']);
  expect(() => parseProcess('{"args":["x"]}', 'p')).toThrow(/cwd: is required/);
});

test('container IDs are letters, digits and a few signs', () => {
  for (const good of ['a', 'a.b', '_x-1', '+', '0123', 'A-b_c+d.e']) expect(checkContainerId(good)).toBe(good);
  for (const bad of ['', '.', '..', '.a', 'a/b', '../x', 'a b', 'a\n', 'ä', 'a\0', 'x'.repeat(2000)]) {
    expect(() => checkContainerId(bad)).toThrow(/invalid container ID/);
  }
});
