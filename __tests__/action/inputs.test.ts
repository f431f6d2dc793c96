import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { DEFAULTS, ignoredInputs } from '../../src/action/given.ts';
import { readInputs } from '../../src/action/inputs.ts';
import { splitNames } from '../../src/action/names.ts';

const PROJECT = join(import.meta.dirname, '../..');
const read = (inputs: Record<string, string> = {}) => readInputs((name) => inputs[name] ?? '');

describe('inputs', () => {
  test('nothing given is a build without a push', () => {
    const inputs = read();
    expect(inputs.command).toBe('ci');
    expect(inputs.push).toBeUndefined();
    expect(inputs.login.logout).toBe(true);
    expect(inputs.summary).toBe(true);
  });

  test('lists are read as the docker actions read them', () => {
    const { build, names } = read({
      'build-args': 'A=1,2\nB="x"\n\n',
      platforms: 'linux/amd64, linux/arm64',
      labels: '# comment\na=b,c\n"d=e,f"',
      'no-cache-filters': 'one\ntwo,three',
    });
    expect(build.buildArgs).toEqual(['A=1,2', 'B="x"']);
    expect(build.platforms).toEqual(['linux/amd64', 'linux/arm64']);
    expect(names.labels).toEqual(['a=b,c', 'd=e,f']);
    expect(build.noCacheFilters).toEqual(['one', 'two', 'three']);
  });

  test('a secret of several lines stands in quotes and keeps its lines', () => {
    const { secrets } = read({
      secrets: 'one=1\n"key=line 1\nline 2"',
      'secret-envs': 'e=VAR',
      'secret-files': 'f=./x',
    });
    expect(secrets).toEqual([
      { id: 'one', source: { value: '1' } },
      { id: 'key', source: { value: 'line 1\nline 2' } },
      { id: 'e', source: { env: 'VAR' } },
      { id: 'f', source: { file: './x' } },
    ]);
  });

  test('a secret that is wrong is not shown in the error', () => {
    const wrong = () => read({ secrets: 'key=fine\nhunter2-not-in-quotes' });
    expect(wrong).toThrow(/input secrets: expected item 2 to be ID=VALUE/);
    expect(wrong).not.toThrow(/hunter2/);
  });

  test.each([
    [{ push: 'yes' }, /input push: expected true or false, found "yes"/],
    [{ command: 'bulid' }, /input command: expected one of .* found "bulid" \(did you mean build\?\)/],
    [{ 'test-timeout': '-1' }, /input test-timeout: expected a whole number of at least 1/],
    [{ 'test-shard': '5/4' }, /input test-shard: expected INDEX\/TOTAL/],
    [{ labels: 'a="b\n"c=d' }, /input labels: the quote in line 2 is not closed/],
    [{ sbom: 'true' }, /input sbom: attestations are not made yet/],
    [{ provenance: 'mode=max' }, /input provenance: attestations are not made yet/],
    [{ attests: 'type=sbom' }, /input attests: attestations are not made yet/],
    [{ call: 'check' }, /input call: expected build/],
    [{ secrets: 'a=1\na=2' }, /the secret a is given twice/],
  ])('%j is refused', (inputs, message) => {
    expect(() => read(inputs as Record<string, string>)).toThrow(message);
  });

  test('what cannot change the image is ignored with one warning', () => {
    const { warnings } = read({ builder: 'mine', sbom: 'false', provenance: 'false' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/input builder is ignored/);
  });

  test('every input that is read is in action.yml, and every input there is read', () => {
    const file = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { inputs: Record<string, unknown> };
    const asked = new Set<string>();
    readInputs((name) => {
      asked.add(name);
      return '';
    });
    expect([...asked].sort()).toEqual(Object.keys(file.inputs).sort());
  });
});

describe('inputs that a step does nothing with', () => {
  const action = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string }>;
  };
  /** As the runner gives them: defaults filled in. */
  const given = (inputs: Record<string, string>) => read({ ...defaults(), ...inputs });
  const defaults = () =>
    Object.fromEntries(
      Object.entries(action.inputs).flatMap(([name, { default: text }]) =>
        text === undefined || text.includes('{{') ? [] : [[name, String(text)]],
      ),
    );

  test('defaults are those of action.yml, and count as not given', () => {
    expect(DEFAULTS).toEqual(defaults());
    expect(given({}).given).toEqual([]);
  });

  test.each([
    [{ scope: 'owner/app' }, ['input scope is ignored: a login is for the whole registry']],
    [
      { command: 'rollback', channel: 'a', target: 'x', push: 'true', 'test-retries': '2' },
      ['inputs target, test-retries, push are ignored: command rollback has no use for that'],
    ],
    [{ smoke: 'true', reason: 'x' }, ['inputs reason, smoke are ignored: command ci without a channel has no use']],
    [{ command: 'push', push: 'true', tags: 'a:1' }, []],
    [{ channel: 'stable', push: 'true', smoke: 'true', environment: 'live', 'deploy-undo': 'true' }, []],
    [{ command: 'merge', digests: 'x', platforms: 'linux/amd64', flavor: 'latest=true', force: 'true' }, []],
  ] as [Record<string, string>, string[]][])('%j', (inputs, expected) => {
    const warnings = ignoredInputs(given(inputs));
    expect(warnings).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  test('of a pipeline file are those that it says itself', () => {
    const [warning, ...more] = ignoredInputs(given({ environment: 'live', load: 'true' }), 'containerize.yml');
    expect(warning).toBe('input environment is ignored: containerize.yml has no use for that here');
    expect(more).toEqual([]);
    const tests = { command: 'test', 'test-retries': '2', network: 'host', 'test-shard': '1/2', 'test-output': 'out' };
    expect(ignoredInputs(given(tests), 'containerize.yml')).toEqual([
      'inputs network, test-retries are ignored: containerize.yml has no use for that here',
    ]);
  });
});

describe('tags', () => {
  test('rules of metadata-action and full names of build-push-action may stand side by side', () => {
    expect(
      splitNames(
        ['type=semver,pattern={{version}}', 'ghcr.io/o/app:1,docker.io/o/app:1', 'value=x', 'nightly'],
        ['ghcr.io/o/app'],
      ),
    ).toEqual({
      rules: ['type=semver,pattern={{version}}', 'value=x', 'nightly'],
      full: ['ghcr.io/o/app:1', 'docker.io/o/app:1'],
    });
  });

  test('a bare word is a name when no images are given', () => {
    expect(splitNames(['app', 'app:2'], [])).toEqual({ rules: [], full: ['app', 'app:2'] });
  });

  test('a digest cannot be a tag', () => {
    expect(() => splitNames([`app@sha256:${'0'.repeat(64)}`], [])).toThrow(/found a digest/);
  });
});
