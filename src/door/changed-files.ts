import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { ContainerizeError } from '../errors.ts';
import type { Changes } from '../pipeline/plan/changed-images.ts';
import { readPayload } from './repository-context.ts';

export class SinceError extends ContainerizeError<'bad-since'> {}

export interface ChangedFilesRequest {
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that the paths are from; somewhere in the repository. */
  folder: string;
  /** A commit, a branch or a tag that was asked for. */
  since?: string | undefined;
}

interface Base {
  commit: string;
  shown: string;
}

const ALL = 'so everything is built';
const SHALLOW = 'give actions/checkout fetch-depth: 0';

/**
 * What changed since the base commit of this run, files that are not committed included. Whenever git cannot tell for
 * certain, the answer is that it is unknown, and why: then everything is built.
 */
export async function changedFiles(request: ChangedFilesRequest): Promise<Changes> {
  const git = gitIn(request.folder);
  const top = await git('rev-parse', '--show-toplevel');
  if (top === undefined || (await git('rev-parse', '--verify', 'HEAD^{commit}')) === undefined) {
    if (request.since !== undefined)
      throw new SinceError(
        'bad-since',
        `there is no git repository in ${request.folder} to look for ${request.since} in`,
      );
    return { unknown: `there is no git repository, ${ALL}` };
  }
  const base = request.since === undefined ? await baseOfRun(request.env, git) : await baseOf(request.since, git);
  if ('unknown' in base) return base;
  const list = async (...args: string[]): Promise<string[] | undefined> => {
    const answer = await git(...args);
    return answer?.split('\0').filter((path) => path !== '');
  };
  // relative to the top, whatever diff.relative says; a rename counts for both of its names
  const changed = await list(
    'diff',
    '--name-only',
    '-z',
    '--no-renames',
    '--no-relative',
    '--no-ext-diff',
    '--no-textconv',
    base.commit,
    '--',
  );
  const untracked = await list('-C', top.trimEnd(), 'ls-files', '-z', '--others', '--exclude-standard');
  if (changed === undefined || untracked === undefined)
    return { unknown: `git cannot compare with ${base.shown}, ${ALL}` };
  const folder = await realpath(request.folder);
  const files = [...new Set([...changed, ...untracked])].map((path) => relative(folder, resolve(top.trimEnd(), path)));
  return { since: base.shown, files: files.sort() };
}

type Git = (...args: string[]) => Promise<string | undefined>;

async function baseOf(since: string, git: Git): Promise<Base | { unknown: string }> {
  // what begins with - would be an option
  const commit = since.startsWith('-') ? undefined : await commitOf(since, git);
  if (commit === undefined)
    throw new SinceError('bad-since', `there is no commit ${since.slice(0, 80)}`, {
      hint: `in a clone without history, ${SHALLOW}`,
    });
  return fork(commit, since, git);
}

async function baseOfRun(
  env: Readonly<Record<string, string | undefined>>,
  git: Git,
): Promise<Base | { unknown: string }> {
  if (env.GITHUB_ACTIONS !== 'true') return { unknown: `no base commit is named (--since), ${ALL}` };
  const payload = await readPayload(env.GITHUB_EVENT_PATH);
  const { pull_request: pull, merge_group: group, before } = payload;
  if (pull !== undefined) {
    // what is checked out is the merge: its first parent is the branch that it goes to
    const merged =
      /^refs\/pull\/\d+\/merge$/.test(env.GITHUB_REF ?? '') && (await commitOf('HEAD^2', git)) !== undefined;
    const parent = merged ? await commitOf('HEAD^1', git) : undefined;
    if (parent !== undefined) return { commit: parent, shown: short(parent) };
    return known(pull.base?.sha, 'the commit that the pull request is based on', git);
  }
  if (group !== undefined) return known(group.base_sha, 'the commit that the merge group is based on', git);
  if (env.GITHUB_EVENT_NAME !== 'push') return { unknown: `the event is ${env.GITHUB_EVENT_NAME}, ${ALL}` };
  if (env.GITHUB_REF?.startsWith('refs/tags/')) return { unknown: `a tag was pushed, ${ALL}` };
  if (before === undefined || /^0+$/.test(before)) return { unknown: `the branch is new, ${ALL}` };
  const commit = /^[0-9a-f]{40,64}$/.test(before) ? await commitOf(before, git) : undefined;
  if (commit === undefined)
    return { unknown: `the commit before this push is not in the clone, ${ALL}: ${SHALLOW} to build less` };
  return { commit, shown: short(commit) };
}

async function known(sha: string | undefined, what: string, git: Git): Promise<Base | { unknown: string }> {
  const commit = /^[0-9a-f]{40,64}$/.test(sha ?? '') ? await commitOf(sha!, git) : undefined;
  if (commit === undefined) return { unknown: `${what} is not in the clone, ${ALL}: ${SHALLOW} to build less` };
  return fork(commit, short(commit), git);
}

/** Where this work left the other: what happened there since is not ours. */
async function fork(commit: string, shown: string, git: Git): Promise<Base | { unknown: string }> {
  const base = (await git('merge-base', commit, 'HEAD'))?.trim();
  if (base === undefined)
    return { unknown: `where this left ${shown} is not in the clone, ${ALL}: ${SHALLOW} to build less` };
  return { commit: base, shown };
}

async function commitOf(name: string, git: Git): Promise<string | undefined> {
  const found = (await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`))?.trim();
  // a shallow clone knows the hash of a parent that it does not have
  return found !== undefined && (await git('cat-file', '-e', found)) !== undefined ? found : undefined;
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

/** Git's answer; undefined when it failed. Nothing of the repository's configuration is run. */
function gitIn(folder: string): Git {
  const safe = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.quotePath=false', 'safe.directory=*'];
  const words = safe.flatMap((setting) => ['-c', setting]);
  return (...args) =>
    new Promise((done) => {
      execFile(
        'git',
        [...words, '-C', folder, ...args],
        { timeout: 60_000, maxBuffer: 256 * 1024 * 1024, env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' } },
        (error, stdout) => done(error === null ? stdout : undefined),
      );
    });
}
