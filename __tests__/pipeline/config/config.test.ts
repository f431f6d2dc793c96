import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { formatError } from '../../../src/cli/print-error.ts';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import { ConfigError } from '../../../src/pipeline/config/error.ts';
import { jsonSchema } from '../../../src/pipeline/config/json-schema.ts';

const load = (text: string, env: Record<string, string> = {}) => loadConfig(text, 'containerize.yml', env);

function refusal(text: string, env: Record<string, string> = {}): ConfigError {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('containerize.yml', () => {
  test('nothing at all means: build the Dockerfile here', () => {
    for (const text of [undefined, '', '# nothing\n'])
      expect(loadConfig(text, 'containerize.yml', {})).toMatchObject({
        images: [{ repositories: [], build: { context: '.' }, tests: [], push: 'auto', release: [] }],
        warnings: [],
      });
  });

  test('variables are put into values and take the type that is wanted there', () => {
    const config = load(
      'image: ${REGISTRY:-localhost:5000}/shop\npush: ${PUSH}\nbuild:\n  args: {V: 1.10, N: , "E": "$$x"}\ntests:\n  - run: a\n    retries: ${R}\n    timeout: 5m\n',
      { PUSH: 'false', R: '3' },
    );
    expect(config.images[0]).toMatchObject({
      repositories: ['localhost:5000/shop'],
      push: false,
      build: { args: ['V=1.10', 'N', 'E=$x'] },
      tests: [{ run: 'a', retries: 3, timeout: 300, network: 'none' }],
    });
  });

  test('anchors and merge keys: what is written in place counts more', () => {
    const config = load(
      'x-base: &base {context: a, target: t}\nimages:\n  web:\n    build: {<<: *base, target: web}\n  api:\n    build: *base\ntags: [type=sha]\n',
    );
    expect(config.images).toMatchObject([
      { key: 'web', build: { context: 'a', target: 'web' }, tags: ['type=sha'] },
      { key: 'api', build: { context: 'a', target: 't' }, tags: ['type=sha'] },
    ]);
  });

  test('a variable that is not set is empty, with a warning that says where', () => {
    expect(load('name: x\nlabels:\n  a: $NOBODY\n').warnings).toEqual([
      'containerize.yml:3: labels.a: the variable NOBODY is not set, empty text stands for it',
    ]);
  });

  test.each([
    ['biuld: .\n', 'unknown-key', '1:1', /unknown key biuld \(did you mean build\?\)/],
    ['build:\n  contxt: .\n', 'unknown-key', '2:3', /unknown key contxt in build \(did you mean context\?\)/],
    ['images:\n  web:\n    tets: []\n', 'unknown-key', '3:5', /in images\.web \(did you mean tests\?\)/],
    ['tests: yes please\n', 'wrong-type', '1:8', /tests: expected a list, found "yes please"/],
    ['tests:\n  - run: a\n    retries: many\n', 'wrong-type', '3:14', /retries: expected a number, found "many"/],
    ['tests:\n  - run: a\n    retries: 99\n', 'bad-value', '3:14', /expected 0 to 10, found 99/],
    ['tests:\n  - run: a\n    timeout: soon\n', 'bad-value', '3:14', /expected seconds, or a time such as/],
    ['tests:\n  - timeout: 3\n', 'bad-value', '2:5', /tests\[0\]: expected run, target or checks/],
    ['tests:\n  - {run: a, checks: b}\n', 'bad-value', '2:5', /tests\[0\]: expected either run or checks/],
    ['tests:\n  - run: a\n    reports: [../x]\n', 'bad-value', '2:5', /report path "..\/x": ".." could lead outside/],
    ['tests:\n  - run: a\n    mem_limit: lots\n', 'bad-value', '2:5', /mem_limit: expected a size/],
    ['push: {a: b}\n', 'wrong-type', '1:7', /expected true or false or auto, found keys with values/],
    ['push: sometimes\n', 'bad-value', '1:7', /expected auto, found "sometimes"/],
    ['- a\n', 'wrong-type', '1:1', /the file: expected keys with values, found a list/],
    ['name: a\nname: b\n', 'duplicate-key', '2:1', /twice/],
    ['name: "a\n', 'bad-yaml', '2:1', /not YAML/],
    ['name: *none\n', 'bad-yaml', '1:7', /anchor|not YAML/],
    ['a: &a [*a]\nx-b: *a\n', 'unknown-key', '1:1', /unknown key a/],
    ['tags: &a [*a]\n', 'wrong-type', '1:10', /./],
    ['name: x\nimage: ${{ github.repository }}\n', 'bad-variable', '2:8', /expression of GitHub/],
    ['image: a/${NO:?say where}\n', 'bad-variable', '1:10', /NO is not set: say where/],
    ['image: ${}\n', 'bad-variable', '1:8', /expected a variable/],
    ['image: a\nimages: {web: {}}\n', 'bad-combination', '1:8', /each says its own image/],
    ['images: {Web: {}}\n', 'bad-value', '1:10', /lower-case/],
    ['build: {secrets: {t: {}}}\n', 'bad-value', '1:22', /either file or environment/],
    [
      'images:\n  a:\n    build: {additional_contexts: {b: "image:aa"}}\n',
      'unknown-image',
      '3:38',
      /no image aa \(did you mean a\?\)/,
    ],
    ['build: {additional_contexts: ["b=image:c"]}\n', 'unknown-image', '1:31', /there is no image c/],
    ['images: {a: {depends_on: b}}\n', 'unknown-image', '1:26', /there is no image b/],
    ['images: {a: {depends_on: a}}\n', 'cycle', '1:26', /images need each other: a → a/],
    [
      'images:\n  a: {depends_on: [b]}\n  b: {build: {additional_contexts: {x: "image:c"}}}\n  c:\n    depends_on: [a]\n',
      'cycle',
      '5:18',
      /a → b → c → a/,
    ],
    ['changed: sometimes\n', 'bad-value', '1:10', /expected auto, found "sometimes"/],
    ['changed: ["a["]\n', 'bad-value', '1:10', /syntax error in pattern/],
    ['changed: ["!a"]\n', 'bad-value', '1:10', /at least one path that counts/],
    ['images: {a: {changed: []}}\n', 'bad-value', '1:23', /at least one path that counts/],
    ['build: {network: bridge}\n', 'bad-value', '1:18', /expected default, none, host, found "bridge"/],
  ])('%j is refused with its place', (text, code, place, message) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(`${error.location?.line}:${error.location?.column}`).toBe(place);
  });

  test('an error shows the line', () => {
    expect(formatError(refusal('build:\n  contxt: .\n'))).toMatch(/containerize\.yml:2[\s\S]*>>>\s+contxt: \./);
  });

  test('a file that grows by its aliases is refused, and one that is too large', () => {
    const lines = ['x-a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `x-a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(refusal(`${lines.join('\n')}\ntags: *a8\n`)).toMatchObject({ name: 'ConfigError' });
    expect(refusal(`x-a: ${'x'.repeat(2 * 1024 * 1024)}\n`)).toMatchObject({ code: 'bad-yaml' });
  });

  test('the published schema is the one of the code', () => {
    const file = join(import.meta.dirname, '../../../schema/containerize.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(jsonSchema());
  });

  test('every key of the schema is in the reference', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/containerize-yml.md'), 'utf8');
    const keys = new Set<string>();
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties } = node as { properties?: object };
      for (const key of Object.keys(properties ?? {})) keys.add(key);
      Object.values(node).forEach(walk);
    };
    walk(jsonSchema());
    expect([...keys].filter((key) => !page.includes(`\`${key}`))).toEqual([]);
  });
});
