import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { changedFiles } from '../../src/door/changed-files.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('changed');

function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...who, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** A repository with a branch: main has one commit more than the branch knows. */
async function repository(): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'r-'));
  await mkdir(join(folder, 'api'));
  for (const name of ['api/a', 'old name', 'b']) await writeFile(join(folder, name), `${name}\n`);
  await writeFile(join(folder, '.gitignore'), 'ignored\n');
  git(folder, 'init', '-q');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'one');
  git(folder, 'checkout', '-q', '-b', 'topic');
  await writeFile(join(folder, 'api/a'), 'changed\n');
  git(folder, 'commit', '-q', '-a', '-m', 'two');
  git(folder, 'checkout', '-q', 'main');
  await writeFile(join(folder, 'b'), 'changed on main\n');
  git(folder, 'commit', '-q', '-a', '-m', 'three');
  git(folder, 'checkout', '-q', 'topic');
  return folder;
}

async function event(payload: object): Promise<string> {
  const path = join(await mkdtemp(join(scratch, 'e-')), 'event.json');
  await writeFile(path, JSON.stringify(payload));
  return path;
}

const onGithub = async (name: string, ref: string, payload: object) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: name,
  GITHUB_REF: ref,
  GITHUB_EVENT_PATH: await event(payload),
});

describe('what changed', () => {
  test('since a branch: from where this left it, with what is not committed and not what is ignored', async () => {
    const folder = await repository();
    await rm(join(folder, 'old name'));
    await writeFile(join(folder, 'new ü\n"name'), '');
    await writeFile(join(folder, 'ignored'), '');
    expect(await changedFiles({ env: {}, folder, since: 'main' })).toEqual({
      since: 'main',
      files: ['api/a', 'new ü\n"name', 'old name'],
    });
  });

  test('paths are from the folder of the pipeline file, through links too', async () => {
    const folder = await repository();
    const link = join(await mkdtemp(join(scratch, 'l-')), 'link');
    await symlink(join(folder, 'api'), link);
    await writeFile(join(folder, 'top'), '');
    for (const place of [join(folder, 'api'), link])
      expect(await changedFiles({ env: {}, folder: place, since: 'main' })).toMatchObject({ files: ['../top', 'a'] });
  });

  test('since the commit before a push', async () => {
    const folder = await repository();
    const env = await onGithub('push', 'refs/heads/topic', { before: git(folder, 'rev-parse', 'HEAD~1') });
    expect(await changedFiles({ env, folder })).toMatchObject({ files: ['api/a'] });
  });

  test('of a pull request: its merge commit against its first parent, also in a clone of depth 2', async () => {
    const folder = await repository();
    git(folder, 'checkout', '-q', '-b', 'pull', 'main');
    git(folder, 'merge', '-q', '--no-ff', '-m', 'merge', 'topic');
    const clone = join(await mkdtemp(join(scratch, 'c-')), 'clone');
    git(scratch, 'clone', '-q', '--depth=2', '-b', 'pull', `file://${folder}`, clone);
    const pull = { pull_request: { number: 7, base: { sha: 'f'.repeat(40) } } };
    const env = await onGithub('pull_request', 'refs/pull/7/merge', pull);
    for (const place of [folder, clone])
      expect(await changedFiles({ env, folder: place })).toMatchObject({ files: ['api/a'] });
  });

  test.each([
    ['push', 'refs/heads/new', { before: '0'.repeat(40) }, /the branch is new/],
    [
      'push',
      'refs/heads/main',
      { before: 'f'.repeat(40) },
      /not in the clone, so everything is built: .*fetch-depth: 0/,
    ],
    ['push', 'refs/heads/main', { before: '--output=/tmp/x' }, /not in the clone/],
    ['push', 'refs/heads/main', {}, /the branch is new/],
    ['push', 'refs/tags/v1', { before: '0'.repeat(40) }, /a tag was pushed/],
    ['schedule', 'refs/heads/main', {}, /the event is schedule/],
    ['workflow_dispatch', 'refs/heads/main', {}, /workflow_dispatch/],
    ['pull_request', 'refs/heads/x', { pull_request: { base: { sha: 'f'.repeat(40) } } }, /is not in the clone/],
    ['merge_group', 'refs/heads/x', { merge_group: { base_sha: 'f'.repeat(40) } }, /is not in the clone/],
  ])('%s of %s with %j: everything', async (name, ref, payload, why) => {
    const folder = await repository();
    expect(await changedFiles({ env: await onGithub(name, ref, payload), folder })).toEqual({
      unknown: expect.stringMatching(why),
    });
  });

  test('in a shallow clone the commit before is not there: everything', async () => {
    const folder = await repository();
    const clone = join(await mkdtemp(join(scratch, 'c-')), 'clone');
    git(scratch, 'clone', '-q', '--depth=1', '-b', 'topic', `file://${folder}`, clone);
    const env = await onGithub('push', 'refs/heads/topic', { before: git(folder, 'rev-parse', 'HEAD~1') });
    expect(await changedFiles({ env, folder: clone })).toEqual({ unknown: expect.stringContaining('fetch-depth: 0') });
  });

  test('without a repository, without a commit, without a name', async () => {
    const bare = await mkdtemp(join(scratch, 'n-'));
    expect(await changedFiles({ env: {}, folder: bare })).toEqual({
      unknown: expect.stringContaining('no git repository'),
    });
    await expect(changedFiles({ env: {}, folder: bare, since: 'main' })).rejects.toMatchObject({ code: 'bad-since' });
    const folder = await repository();
    expect(await changedFiles({ env: {}, folder })).toEqual({ unknown: expect.stringContaining('--since') });
    for (const since of ['nobody', '--output=/tmp/x', ''])
      await expect(changedFiles({ env: {}, folder, since })).rejects.toMatchObject({ code: 'bad-since' });
  });
});
