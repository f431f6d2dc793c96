import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('bad-pipeline');
const cli = new CommandLine(folder);

/** A branch called main, as a runner tells it. */
const RUNNER = {
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: 'a'.repeat(40),
  GITHUB_REPOSITORY: 'octo/shop',
};

async function plan(text: string, env: Record<string, string> = RUNNER) {
  await mkdir(join(folder, 'cwd'), { recursive: true });
  await writeFile(join(folder, 'cwd/containerize.yml'), text);
  return cli.run(['ci', '--plan'], '', env);
}

describe('what is wrong in containerize.yml ends with exit code 65, its place and what to do', () => {
  test.each([
    ['an unknown key', 'image: r.example/a\ntets: []\n', '2:1', /unknown key tets \(did you mean tests\?\)/],
    ['an unknown key below an image', 'images:\n  a:\n    imge: r.example/a\n', '3:5', /did you mean image\?/],
    ['a wrong type', 'build: [a]\n', '1:8', /build: expected text or keys with values, found a list/],
    ['a wrong type of a test', 'tests:\n  - run: [a]\n', '2:10', /expected text, found a list/],
    ['not YAML', 'image: "a\n', '2:1', /not YAML/],
    ['a tab', 'build:\n\tcontext: .\n', '2:1', /not YAML/],
    [
      'a rule of an unknown type',
      'image: r.example/a\ntags:\n  - type=sha\n  - type=semvr,pattern={{version}}\n',
      '4:5',
      /unknown type semvr \(did you mean semver\?\)/,
    ],
    ['a rule without what it needs', 'image: r.example/a\ntags: [type=semver]\n', '2:8', /type=semver needs pattern=/],
    [
      'a rule that gives no tag in a run that pushes',
      'image: r.example/a\npush: true\ntags:\n  - type=ref,event=tag\n',
      '4:5',
      /no rule of tags gave a tag for refs\/heads\/main/,
    ],
    ['a tag over 128 characters', `image: r.example/a\ntags:\n  - ${'x'.repeat(129)}\n`, '3:5', /129 characters|128/],
    ['an image name without a repository', 'image: r.example:5000/\n', '1:8', /image|repository/],
    [
      'an image name with a tag',
      'images:\n  a: {image: [r.example/b, "r.example/a:1"]}\n',
      '2:28',
      /it has a tag or a digest already/,
    ],
    ['a flavor that is none', 'image: r.example/a\nflavor: [latest=perhaps]\n', '2:10', /latest/],
    [
      'an expression of tags that is none',
      'image: r.example/a\ntags: ["type=raw,value={{date \'YYYY\' x=1}}"]\n',
      '2:8',
      /date/,
    ],
    ['a label without a name', 'image: r.example/a\nlabels: [a=1, "=b"]\n', '2:15', /label/],
    ['an expression of GitHub', 'image: r.example/a\ntags: ["${{ github.sha }}"]\n', '2:9', /expression of GitHub/],
    [
      'a report path that points outside',
      'tests:\n  - {run: a, reports: [/a/../../etc]}\n',
      '2:5',
      /could lead outside/,
    ],
    ['a channel that is no tag', 'release: [{channel: "a b", when: push}]\n', '1:21', /channel/],
    ['a need that is not there', 'images:\n  a: {depends_on: [b]}\n', '2:20', /there is no image b/],
    [
      'two images under one name',
      'images:\n  a: {image: r.example/x}\n  b: {image: r.example/x}\n',
      '3:6',
      /both called r\.example\/x:main/,
    ],
  ])('%s', async (_, text, place, message) => {
    const { code, stderr, stdout } = await plan(text);
    expect([code, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`containerize.yml:${place}\n`);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('two rules that give the same tag give it once, and the plan says so', async () => {
    const { code, stdout } = await plan('image: r.example/a\ntags: [one, "type=raw,value=one"]\n');
    expect([code, stdout.match(/name +r\.example\/a:one\n/g)]).toEqual([0, [expect.any(String)]]);
    expect(stdout).toContain('an earlier rule gave it');
  });

  test('a rule that gives no tag beside one that does is only said', async () => {
    const { code, stdout } = await plan('image: r.example/a\ntags: [one, "type=ref,event=tag"]\n');
    expect(code).toBe(0);
    expect(stdout).toContain('(type=ref,event=tag: no tag, ');
  });

  test('capitals of an owner are written small, and that is said', async () => {
    const { code, stdout, stderr } = await plan('image: r.example/Octo/Shop\n');
    expect(code).toBe(0);
    expect(stdout).toContain('name     r.example/octo/shop:main\n');
    expect(stderr).toContain('r.example/Octo/Shop is written r.example/octo/shop');
  });
});
