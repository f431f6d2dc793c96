import { describe, expect, test } from '@jest/globals';
import type { RepositoryContext } from '../../../src/release/tags/context.ts';
import { bakeFile, type MetadataInput, metadataOf } from '../../../src/release/tags/metadata.ts';

const NOW = new Date('2026-11-20T15:58:03.123Z');
const SHA = '860c1904a1ce19322e91ac35af1ab07466440c37';
const repository = {
  owner: 'octocat',
  name: 'Hello-World',
  url: 'https://github.com/octocat/Hello-World',
  defaultBranch: 'master',
  description: 'This your first repo!',
  license: 'MIT',
};

function on(ref: string, event = 'push', more: Partial<RepositoryContext> = {}): RepositoryContext {
  return { provider: 'github', event, ref, sha: SHA, repository, ...more };
}
const branch = (name: string) => on(`refs/heads/${name}`);
const tag = (name: string) => on(`refs/tags/${name}`);

function names(context: RepositoryContext, tags: string, more: MetadataInput = {}): string[] {
  return metadataOf({ tags, ...more }, context, NOW).tagNames;
}

describe('tag rules', () => {
  test.each<[string, RepositoryContext, string, string[]]>([
    ['a branch, by default', branch('master'), '', ['master']],
    ['a branch with slashes', branch('feat/a&b<c>'), 'type=ref,event=branch', ['feat-a-b-c-']],
    [
      'the same in an expression, not escaped for HTML',
      branch('feat/a&b<c>'),
      'type=raw,value={{branch}}',
      ['feat-a-b-c-'],
    ],
    ['a tag, by default', tag('release1'), '', ['release1', 'latest']],
    ['a pull request', on('refs/pull/2/merge', 'pull_request'), '', ['pr-2']],
    ['a schedule', on('refs/heads/master', 'schedule'), '', ['nightly', 'master']],
    [
      'a schedule with a date',
      on('refs/heads/master', 'schedule'),
      "type=schedule,pattern={{date 'YYYYMMDD'}}",
      ['20261120'],
    ],
    [
      'semver',
      tag('v1.2.3'),
      'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern=v{{major}}',
      ['1.2.3', '1.2', 'v1', 'latest'],
    ],
    ['semver, raw', tag('v1.2.3'), 'type=semver,pattern={{raw}}', ['v1.2.3', 'latest']],
    [
      'a pre-release keeps its whole version and moves no latest',
      tag('v2.0.8-beta.67'),
      'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}',
      ['2.0.8-beta.67'],
    ],
    ['a pre-release by ref moves no latest either', tag('v2.0.8-beta.67'), 'type=ref,event=tag', ['v2.0.8-beta.67']],
    ['a build is left out', tag('v1.2.3+build.5'), 'type=semver,pattern={{version}}', ['1.2.3', 'latest']],
    ['a version of a value', branch('master'), 'type=semver,pattern={{version}},value=v1.2.3', ['1.2.3', 'latest']],
    [
      'a version inside a tag',
      tag('app/v1.2.3'),
      'type=semver,pattern={{version}},match=app/v(.*)',
      ['1.2.3', 'latest'],
    ],
    [
      'without a group the whole match is the version',
      tag('app/v1.2.3'),
      'type=semver,pattern={{version}},match=v[0-9.]+',
      ['1.2.3', 'latest'],
    ],
    ['no version', tag('v1.2'), 'type=semver,pattern={{version}}', []],
    [
      'pep440',
      tag('1.2.3'),
      'type=pep440,pattern={{version}}\ntype=pep440,pattern={{major}}.{{minor}}',
      ['1.2.3', '1.2', 'latest'],
    ],
    ['pep440, candidate', tag('v1.0.0RC1'), 'type=pep440,pattern={{major}}', ['1.0.0rc1']],
    ['pep440, epoch', tag('1!1.2.3'), 'type=pep440,pattern={{version}}', ['1-1.2.3', 'latest']],
    ['pep440, leading zeros', tag('2024.01.05'), 'type=pep440,pattern={{version}}', ['2024.1.5', 'latest']],
    ['match', tag('v1.2.3'), 'type=match,pattern=v(.*),group=1', ['1.2.3', 'latest']],
    [
      'match with a comma in its braces',
      tag('v123'),
      String.raw`type=match,pattern=v(\d{1,3}),group=1`,
      ['123', 'latest'],
    ],
    [
      'match with flags, in quotes',
      tag('V12'),
      String.raw`type=match,"pattern=/v(\d{1,3})/i",group=1`,
      ['12', 'latest'],
    ],
    ['match that does not', tag('x'), 'type=match,pattern=v(.*)', []],
    ['edge on the default branch', branch('master'), 'type=edge', ['edge']],
    ['edge on another', branch('dev'), 'type=edge,branch=dev', ['edge']],
    ['edge elsewhere', branch('dev'), 'type=edge', []],
    ['sha', branch('dev'), 'type=sha', ['sha-860c190']],
    ['sha, long, without prefix', branch('dev'), 'type=sha,format=long,prefix=', [SHA]],
    ['raw, bare', branch('dev'), 'foo', ['foo']],
    ['raw with equals signs and commas', branch('dev'), 'type=raw,"value=a,b=c"', ['a-b-c']],
    ['not enabled', branch('dev'), 'type=raw,value=x,enable={{is_default_branch}}', []],
    ['enabled', branch('master'), 'type=raw,value=x,enable={{is_default_branch}}', ['x']],
    [
      'priorities, and the order of the lines',
      tag('v1.0.0'),
      'type=sha\ntype=raw,value=a\ntype=raw,value=b\ntype=semver,pattern={{version}}',
      ['1.0.0', 'a', 'b', 'sha-860c190', 'latest'],
    ],
    [
      'the first alone decides on latest',
      tag('v1.0.0'),
      'type=raw,value=a,priority=2000\ntype=semver,pattern={{version}}',
      ['a', '1.0.0'],
    ],
    ['comments', branch('dev'), '# type=sha\ntype=raw,value=a#b', ['a-b']],
    ['a line in quotes', branch('dev'), '"type=raw,value=a"', ['a']],
    ['keys in capitals', branch('dev'), 'TYPE=raw,VALUE=a', ['a']],
    [
      'the base of a pull request',
      on('refs/pull/2/merge', 'pull_request', { baseRef: 'main' }),
      'type=raw,value={{base_ref}}',
      ['main'],
    ],
    [
      'prefix and suffix of a rule',
      branch('dev'),
      'type=ref,event=branch,prefix=x-,suffix=-{{sha}}',
      ['x-dev-860c190'],
    ],
  ])('%s', (_what, context, tags, expected) => {
    expect(names(context, tags)).toEqual(expected);
  });

  test('dates in a zone, of now and of the commit', () => {
    const context = on('refs/heads/dev', 'push', { commitDate: new Date('2020-03-29T23:30:00Z') });
    expect(names(context, "type=raw,value={{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}")).toEqual(['20261121-005803']);
    expect(names(context, "type=raw,value={{commit_date 'dddd Do [w]ww' tz='Europe/Berlin'}}")).toEqual([
      'Monday-30th-w14',
    ]);
    expect(names(context, "type=raw,value={{date 'X'}}.{{date 'Q'}}.{{date 'DDDD'}}")).toEqual(['1795190283.4.324']);
  });
});

describe('flavor', () => {
  test.each([
    ['latest=false', 'v1.0.0', ['1.0.0']],
    ['prefix=foo-,onlatest=true', 'v1.0.0', ['foo-1.0.0', 'foo-latest']],
    ['prefix=foo-\nsuffix=-alpine,onlatest=true', 'v1.0.0', ['foo-1.0.0-alpine', 'latest-alpine']],
    ['latest=true', 'v1.0.0-rc.1', ['1.0.0-rc.1', 'latest']],
    ['prefix={{tag}}-,onlatest=true', 'v1.0.0', ['v1.0.0-1.0.0', 'v1.0.0-latest']],
  ])('%s', (flavor, ref, expected) => {
    expect(names(tag(ref), 'type=semver,pattern={{version}}', { flavor })).toEqual(expected);
  });

  test('latest appears once, also when a rule is called so', () => {
    expect(names(branch('dev'), 'type=raw,value=latest', { flavor: 'latest=true' })).toEqual(['latest']);
  });

  test('latest=highest asks that latest only moves up', () => {
    const metadata = metadataOf(
      { tags: 'type=semver,pattern={{version}}', flavor: 'latest=highest' },
      tag('v1.0.0'),
      NOW,
    );
    expect(metadata).toMatchObject({ guard: { version: '1.0.0', highest: true }, tagNames: ['1.0.0', 'latest'] });
  });
});

describe('names, labels and outputs', () => {
  test('each image gets each tag; capitals are written small, and that is said', () => {
    const metadata = metadataOf(
      {
        images: 'ghcr.io/Octocat/App\nname=octocat/app\nname=other/app,enable=false',
        tags: 'type=raw,value=1\ntype=raw,value=2',
      },
      branch('dev'),
      NOW,
    );
    expect(metadata.tags).toEqual(['ghcr.io/octocat/app:1', 'ghcr.io/octocat/app:2', 'octocat/app:1', 'octocat/app:2']);
    expect(metadata.warnings).toEqual([expect.stringContaining('ghcr.io/octocat/app')]);
    expect(JSON.parse(bakeFile(metadata, 'meta', ['tags', 'labels'])).target.meta).toMatchObject({
      tags: metadata.tags,
      args: { DOCKER_META_IMAGES: 'ghcr.io/octocat/app,octocat/app', DOCKER_META_VERSION: '1' },
    });
  });

  test('labels of the repository, sorted, the user’s own on top', () => {
    const { labels, annotations, json } = metadataOf(
      {
        tags: 'type=raw,value=1',
        labels: 'maintainer=me=you\norg.opencontainers.image.title=App',
        annotations: 'a=b',
        annotationLevels: ['manifest', 'index'],
      },
      branch('dev'),
      NOW,
    );
    expect(labels).toEqual({
      maintainer: 'me=you',
      'org.opencontainers.image.created': '2026-11-20T15:58:03.123Z',
      'org.opencontainers.image.description': 'This your first repo!',
      'org.opencontainers.image.licenses': 'MIT',
      'org.opencontainers.image.revision': SHA,
      'org.opencontainers.image.source': 'https://github.com/octocat/Hello-World',
      'org.opencontainers.image.title': 'App',
      'org.opencontainers.image.url': 'https://github.com/octocat/Hello-World',
      'org.opencontainers.image.version': '1',
    });
    expect(annotations[0]).toBe('manifest,index:a=b');
    expect(json).toMatchObject({ 'tag-names': ['1'], labels });
  });

  test('every rule says what became of it', () => {
    const { outcomes, warnings } = metadataOf(
      { tags: 'type=semver,pattern={{version}}\ntype=ref,event=branch\ntype=raw,value=v1\ntype=raw,value={{nothing}}' },
      branch('v1'),
      NOW,
    );
    expect(outcomes).toEqual([
      { rule: 'type=semver,pattern={{version}}', line: 1, skipped: 'for a tag, this is refs/heads/v1', warning: false },
      { rule: 'type=ref,event=branch', line: 2, tag: 'v1' },
      { rule: 'type=raw,value=v1', line: 3, tag: 'v1', skipped: 'an earlier rule gave it' },
      { rule: 'type=raw,value={{nothing}}', line: 4, skipped: '{{nothing}} is empty', warning: true },
    ]);
    expect(warnings.join('\n')).toMatch(/unknown expression/);
  });

  test('a run that gets no tag at all is told why', () => {
    const { tags, warnings } = metadataOf({ tags: 'type=semver,pattern={{version}}' }, tag('v1.2'), NOW);
    expect(tags).toEqual([]);
    expect(warnings.at(-1)).toMatch(/no rule gave a tag for refs\/tags\/v1\.2: .*v1\.2 is no semantic version/);
  });
});

describe('bad input', () => {
  test.each<[string, MetadataInput, RegExp]>([
    [
      'an unknown type',
      { tags: 'type=raw,value=a\ntype=semvar' },
      /tags line 2: unknown type semvar \(did you mean semver\?\)/,
    ],
    ['no pattern', { tags: 'type=semver' }, /type=semver needs pattern/],
    ['no event', { tags: 'type=ref' }, /event=branch, tag or pr/],
    ['a priority that is none', { tags: 'type=sha,priority=high' }, /priority: expected a number/],
    ['an enable that is none', { tags: 'type=sha,enable=yes' }, /enable: expected true or false, found "yes"/],
    ['a regular expression', { tags: 'type=match,pattern=v(,value=v1' }, /tags line 1: Invalid regular expression/],
    ['a quote that is not closed', { tags: 'type=raw,"value=a' }, /tags line 1: a quote is not closed/],
    [
      'a tag of more than 128 characters',
      { tags: `type=raw,value=${'a'.repeat(129)}` },
      /at most 128 characters, .* has 129/,
    ],
    ['nothing left for a tag', { tags: 'type=raw,value=--' }, /nothing of "--" can be in a tag/],
    ['a time zone', { tags: "type=raw,value={{date 'X' tz='Mars'}}" }, /time zone such as/],
    ['an attribute of a date', { tags: "type=raw,value={{date 'X' zone='UTC'}}" }, /unknown zone/],
    ['a flavor', { flavor: 'lates=true' }, /unknown lates \(did you mean latest\?\)/],
    ['a latest', { flavor: 'latest=maybe' }, /expected latest=auto/],
    ['a registry without a repository', { images: 'ghcr.io' }, /names a registry and no repository/],
    ['a registry with a slash', { images: 'ghcr.io/' }, /names a registry and no repository/],
    ['a name with a tag', { images: 'owner/app:1' }, /has a tag or a digest already/],
    ['no name', { images: 'enable=true' }, /expected name=REPOSITORY/],
    ['a key of an image', { images: 'name=a/b,enabled=true' }, /unknown enabled \(did you mean enable\?\)/],
    ['a label without a value', { labels: 'novalue' }, /labels line 1: expected KEY=VALUE/],
  ])('%s is refused with its place', (_what, input, message) => {
    expect(() => metadataOf({ tags: 'type=sha', ...input }, branch('dev'), NOW)).toThrow(message);
  });
});
