import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import { planImage } from '../../../src/pipeline/plan/images.ts';
import type { RepositoryContext } from '../../../src/release/tags/context.ts';

const github: RepositoryContext = {
  provider: 'github',
  event: 'push',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  repository: { owner: 'Owner', name: 'Shop', url: 'https://github.com/Owner/Shop', defaultBranch: 'main' },
};
const laptop: RepositoryContext = { provider: 'none', event: 'push', ref: '', sha: '' };
const plan = (text: string, context: RepositoryContext, push?: boolean) =>
  planImage(loadConfig(text, 'containerize.yml', {}).images[0]!, context, {
    folder: '/home/me/My Shop',
    now: new Date('2026-01-02T03:04:05Z'),
    push,
  });

describe('what a run does with an image', () => {
  test('the default branch and tags are pushed, under the package of the repository', () => {
    expect(plan('', github)).toMatchObject({ names: ['ghcr.io/owner/shop:main'], push: { does: true } });
    const tagged = plan('tags: ["type=semver,pattern={{version}}"]', { ...github, ref: 'refs/tags/v1.2.3' });
    expect(tagged).toMatchObject({
      names: ['ghcr.io/owner/shop:1.2.3', 'ghcr.io/owner/shop:latest'],
      push: { does: true, why: 'tag v1.2.3' },
    });
  });

  test('a branch, a pull request and a laptop push nothing by themselves, and say why', () => {
    expect(plan('', { ...github, ref: 'refs/heads/topic' }).push.why).toBe('topic is not the default branch');
    const pull = {
      ...github,
      event: 'pull_request',
      ref: 'refs/pull/7/merge',
      pullRequest: { number: 7, fork: false },
    };
    expect(plan('', pull).push).toEqual({ does: false, why: 'a pull request' });
    expect(plan('', laptop)).toMatchObject({ names: ['my-shop:latest'], push: { does: false } });
  });

  test('a pull request from a fork is never pushed, whatever the file says', () => {
    const fork = { ...github, event: 'pull_request', ref: 'refs/pull/7/merge', pullRequest: { number: 7, fork: true } };
    expect(plan('push: true\nrelease: [{channel: production, when: push}]', fork)).toMatchObject({
      push: { does: false, why: 'a pull request from a fork' },
      releases: [{ does: false }],
    });
  });

  test('channels follow what they are for', () => {
    const text = 'release: [{channel: edge}, {channel: stable, when: tag}, {channel: all, when: push}]';
    const does = (context: RepositoryContext) => plan(text, context).releases.map((release) => release.does);
    expect(does(github)).toEqual([true, false, true]);
    expect(does({ ...github, ref: 'refs/tags/v1.0.0' })).toEqual([false, true, true]);
    expect(does(laptop)).toEqual([false, false, false]);
  });

  test('pushing without a name, or without a tag, is an error that says what to add', () => {
    expect(() => plan('push: true', laptop)).toThrow(
      expect.objectContaining({ code: 'missing-image-name', hint: expect.stringContaining('image:') }),
    );
    expect(() => plan('image: reg.example/a\npush: true\ntags: ["type=ref,event=tag"]', github)).toThrow(
      expect.objectContaining({ code: 'no-tag' }),
    );
    expect(() => plan('image: reg.example\n', github)).toThrow(expect.objectContaining({ code: 'bad-image-name' }));
    expect(() => plan(`image: reg.example/a\ntags: [${'x'.repeat(129)}]\n`, github)).toThrow(
      expect.objectContaining({ code: 'tag-too-long' }),
    );
  });

  test('two rules that give one tag give it once', () => {
    const { names, notes } = plan('image: r.example/a\ntags: [one, "type=raw,value=one"]', github);
    expect(names).toEqual(['r.example/a:one']);
    expect(notes).toContainEqual(expect.stringContaining('an earlier rule gave it'));
  });
});
