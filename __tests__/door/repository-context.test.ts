import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readRepositoryContext } from '../../src/door/repository-context.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('repository');
const SHA = 'a'.repeat(40);

async function github(event: string, ref: string, payload: unknown, env: Record<string, string> = {}) {
  const file = join(folder, `${event}.json`);
  writeFileSync(file, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return readRepositoryContext(
    {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: file,
      GITHUB_REF: ref,
      GITHUB_SHA: SHA,
      GITHUB_REPOSITORY: 'Octocat/App',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'mona',
      ...env,
    },
    folder,
  );
}

describe('inside GitHub Actions', () => {
  test('a push: repository, commit, run', async () => {
    const context = await github('push', 'refs/heads/main', {
      repository: {
        name: 'App',
        owner: { login: 'Octocat' },
        html_url: 'https://github.com/Octocat/App',
        default_branch: 'main',
        description: null,
        license: { spdx_id: 'MIT' },
        private: false,
      },
      base_ref: null,
      head_commit: { id: SHA, timestamp: '2026-11-20T12:00:00+01:00' },
    });
    expect(context).toEqual({
      provider: 'github',
      event: 'push',
      ref: 'refs/heads/main',
      sha: SHA,
      commitDate: new Date('2026-11-20T11:00:00Z'),
      repository: {
        owner: 'Octocat',
        name: 'App',
        url: 'https://github.com/Octocat/App',
        defaultBranch: 'main',
        license: 'MIT',
        private: false,
      },
      actor: 'mona',
      run: { id: '7', attempt: '2', url: 'https://github.com/Octocat/App/actions/runs/7' },
    });
  });

  const pull = (head: string | null) => ({
    number: 12,
    pull_request: {
      number: 12,
      head: { sha: 'b'.repeat(40), ref: 'topic', repo: head === null ? null : { full_name: head } },
      base: { ref: 'main', repo: { full_name: 'Octocat/App' } },
    },
  });

  test.each([
    ['of the repository itself', 'Octocat/App', false],
    ['of a fork', 'mona/App', true],
    ['of a fork that is gone', null, true],
  ])('a pull request %s', async (_what, head, fork) => {
    const context = await github('pull_request', 'refs/pull/12/merge', pull(head), { GITHUB_BASE_REF: 'main' });
    expect(context).toMatchObject({
      ref: 'refs/pull/12/merge',
      baseRef: 'main',
      sha: SHA,
      pullRequest: { number: 12, headRef: 'topic', fork },
    });
  });

  test('pull_request_target is about the pull request, not about the branch it runs on', async () => {
    const context = await github('pull_request_target', 'refs/heads/main', pull('mona/App'), {
      DOCKER_METADATA_PR_HEAD_SHA: 'true',
    });
    expect(context).toMatchObject({ ref: 'refs/pull/12/merge', sha: 'b'.repeat(40) });
  });

  test('a damaged event costs only what it would have told', async () => {
    expect(await github('schedule', 'refs/heads/main', '{"half":')).toMatchObject({
      event: 'schedule',
      ref: 'refs/heads/main',
      repository: { owner: 'Octocat', name: 'App', url: 'https://github.com/Octocat/App' },
    });
  });
});

describe('on a laptop', () => {
  const repository = join(folder, 'shop');
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.com', '-C', repository, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  git('init', '--initial-branch', 'main');
  writeFileSync(join(repository, 'file'), 'x');
  git('add', '.');
  git('commit', '--message', 'first');

  test('the branch that is checked out, without a remote', async () => {
    expect(await readRepositoryContext({}, repository)).toMatchObject({
      provider: 'git',
      event: 'push',
      ref: 'refs/heads/main',
      sha: git('rev-parse', 'HEAD').trim(),
      commitDate: expect.any(Date),
      repository: { owner: '', name: 'shop', defaultBranch: 'main' },
    });
  });

  test.each([
    ['git@github.com:octocat/app.git', 'octocat', 'https://github.com/octocat/app'],
    [
      'https://user:secret@gitlab.example.com:8443/group/sub/app',
      'group/sub',
      'https://gitlab.example.com/group/sub/app',
    ],
    ['ssh://git@example.com:22/octocat/app.git/', 'octocat', 'https://example.com/octocat/app'],
  ])('the remote %s, without what nobody may see', async (remote, owner, url) => {
    git('remote', 'add', 'origin', remote);
    const context = await readRepositoryContext({}, repository);
    git('remote', 'remove', 'origin');
    expect(context.repository).toMatchObject({ owner, name: 'app', url });
    expect(JSON.stringify(context)).not.toMatch(/secret/);
  });

  test('a commit with a tag counts as a push of the tag', async () => {
    git('tag', 'v1.2.3');
    expect((await readRepositoryContext({}, repository)).ref).toBe('refs/tags/v1.2.3');
    git('tag', '--delete', 'v1.2.3');
  });

  test('a folder that is no repository', async () => {
    expect(await readRepositoryContext({ PATH: process.env.PATH }, folder)).toEqual({
      provider: 'none',
      event: 'push',
      ref: '',
      sha: '',
    });
  });

  test('nothing that the repository’s configuration names is run', async () => {
    git('config', 'core.fsmonitor', `touch ${join(folder, 'pwned')}; false`);
    await readRepositoryContext({}, repository);
    git('config', '--unset', 'core.fsmonitor');
    expect(() => execFileSync('ls', [join(folder, 'pwned')], { stdio: 'ignore' })).toThrow();
  });
});
