import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Repository, RepositoryContext } from '../release/tags/context.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the run is about: from the runner's variables and event inside GitHub Actions, from git elsewhere. */
export async function readRepositoryContext(env: Env, folder: string): Promise<RepositoryContext> {
  return env.GITHUB_ACTIONS === 'true' ? fromGithub(env) : fromGit(folder);
}

/** The parts of webhook payloads that are looked at; any may be missing. */
export interface Payload {
  repository?: {
    name?: string;
    owner?: { login?: string };
    html_url?: string;
    default_branch?: string;
    description?: string | null;
    license?: { spdx_id?: string | null } | null;
    private?: boolean;
  };
  pull_request?: {
    number?: number;
    head?: { sha?: string; ref?: string; repo?: { full_name?: string } | null };
    base?: { ref?: string; sha?: string; repo?: { full_name?: string } };
  };
  number?: number;
  base_ref?: string | null;
  /** Of a push: what the branch named before it. */
  before?: string;
  merge_group?: { base_sha?: string };
  head_commit?: { id?: string; timestamp?: string } | null;
  commits?: { id?: string; timestamp?: string }[];
  sender?: { login?: string };
}

async function fromGithub(env: Env): Promise<RepositoryContext> {
  const payload = await readPayload(env.GITHUB_EVENT_PATH);
  const event = env.GITHUB_EVENT_NAME ?? '';
  const { pull_request: pull } = payload;
  const number = pull?.number ?? payload.number;
  const headSha = pull?.head?.sha;
  const base = pull?.base?.ref ?? branchName(payload.base_ref ?? undefined) ?? env.GITHUB_BASE_REF;
  const date = commitDate(payload, env.GITHUB_SHA ?? '');
  return {
    provider: 'github',
    event,
    // runs on the base's branch, but is about the pull request
    ref: event === 'pull_request_target' && number !== undefined ? `refs/pull/${number}/merge` : (env.GITHUB_REF ?? ''),
    sha: (env.DOCKER_METADATA_PR_HEAD_SHA === 'true' && headSha) || (env.GITHUB_SHA ?? ''),
    ...(base ? { baseRef: base } : {}),
    ...(pull === undefined || number === undefined
      ? {}
      : {
          pullRequest: {
            number,
            ...(headSha === undefined ? {} : { headSha }),
            ...(pull.head?.ref === undefined ? {} : { headRef: pull.head.ref }),
            // a head repository that is gone was somebody else's
            fork: pull.head?.repo?.full_name !== (pull.base?.repo?.full_name ?? env.GITHUB_REPOSITORY),
          },
        }),
    ...(date === undefined ? {} : { commitDate: date }),
    ...repositoryOfPayload(payload, env),
    ...(env.GITHUB_ACTOR ? { actor: env.GITHUB_ACTOR } : {}),
    ...(env.GITHUB_RUN_ID
      ? {
          run: {
            id: env.GITHUB_RUN_ID,
            attempt: env.GITHUB_RUN_ATTEMPT ?? '1',
            url: `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`,
          },
        }
      : {}),
  };
}

/** A payload that is missing or damaged costs the facts that only it has. */
export async function readPayload(path: string | undefined): Promise<Payload> {
  if (!path) return {};
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function repositoryOfPayload(payload: Payload, env: Env): { repository?: Repository } {
  const [envOwner, envName] = (env.GITHUB_REPOSITORY ?? '').split('/');
  const about = payload.repository;
  const owner = about?.owner?.login ?? envOwner;
  const name = about?.name ?? envName;
  if (!owner || !name) return {};
  const license = about?.license?.spdx_id;
  return {
    repository: {
      owner,
      name,
      url: about?.html_url ?? `${env.GITHUB_SERVER_URL ?? 'https://github.com'}/${owner}/${name}`,
      ...(about?.default_branch === undefined ? {} : { defaultBranch: about.default_branch }),
      ...(about?.description ? { description: about.description } : {}),
      ...(license ? { license } : {}),
      ...(about?.private === undefined ? {} : { private: about.private }),
    },
  };
}

function commitDate(payload: Payload, sha: string): Date | undefined {
  const commit = [payload.head_commit, ...(payload.commits ?? [])].find((c) => c?.id === sha) ?? payload.head_commit;
  const date = commit?.timestamp === undefined ? undefined : new Date(commit.timestamp);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function branchName(ref: string | undefined): string | undefined {
  return ref?.replace(/^refs\/heads\//, '');
}

/** On a laptop the commit that is checked out counts as pushed: its tag when it has one, else its branch. */
async function fromGit(folder: string): Promise<RepositoryContext> {
  const git = (...args: string[]): Promise<string | undefined> => ask(folder, args);
  const [sha, branch, tag, date, remote, head] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('symbolic-ref', '--short', '--quiet', 'HEAD'),
    git('describe', '--exact-match', '--tags', 'HEAD'),
    git('log', '-1', '--format=%cI'),
    git('remote', 'get-url', 'origin'),
    git('symbolic-ref', '--short', '--quiet', 'refs/remotes/origin/HEAD'),
  ]);
  if (sha === undefined) return { provider: 'none', event: 'push', ref: '', sha: '' };
  const place = remote === undefined ? undefined : placeOf(remote);
  // without a remote that says it, the one of the two usual names that is there
  const defaultBranch = head?.replace(/^origin\//, '') ?? (await firstBranch(git, ['main', 'master']));
  return {
    provider: 'git',
    event: 'push',
    ref: tag !== undefined ? `refs/tags/${tag}` : branch !== undefined ? `refs/heads/${branch}` : '',
    sha,
    ...(date === undefined ? {} : { commitDate: new Date(date) }),
    repository: {
      owner: place?.owner ?? '',
      name: place?.name ?? basename(resolve(folder)),
      ...(place === undefined ? {} : { url: place.url }),
      ...(defaultBranch === undefined ? {} : { defaultBranch }),
    },
  };
}

async function firstBranch(
  git: (...args: string[]) => Promise<string | undefined>,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names)
    if ((await git('rev-parse', '--verify', '--quiet', `refs/heads/${name}`)) !== undefined) return name;
  return undefined;
}

/** `git@github.com:owner/name.git`, `https://user:token@host/owner/name.git` → what people may see. */
function placeOf(remote: string): { owner: string; name: string; url: string } | undefined {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+(?=\/))?[/:](.+?)\/?$/.exec(remote);
  const path =
    match?.[2]
      ?.replace(/\.git$/, '')
      .split('/')
      .filter(Boolean) ?? [];
  const name = path.pop();
  if (match === null || name === undefined || path.length === 0) return undefined;
  const owner = path.join('/');
  return { owner, name, url: `https://${match[1]}/${owner}/${name}` };
}

/** Git's answer; undefined when there is none, or no git. Nothing of the repository's configuration is run. */
function ask(folder: string, args: readonly string[]): Promise<string | undefined> {
  const safe = [
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    `safe.directory=${resolve(folder)}`,
  ];
  return new Promise((done) => {
    execFile('git', [...safe, '-C', folder, ...args], { timeout: 10_000 }, (error, stdout) =>
      done(error === null && stdout.trim() !== '' ? stdout.trim() : undefined),
    );
  });
}
