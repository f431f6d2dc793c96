/** What a run knows of its repository and its event: plain data, made by door/repository-context.ts. */
export interface RepositoryContext {
  provider: 'github' | 'git' | 'none';
  /** `push`, `pull_request`, `schedule`, …; `push` on a laptop. */
  event: string;
  /** `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`; empty when there is none. */
  ref: string;
  /** Full commit hash; empty when there is none. */
  sha: string;
  /** Branch that a pull request is to be merged into, or that a tag was pushed from. */
  baseRef?: string;
  pullRequest?: { number: number; headSha?: string; headRef?: string; fork: boolean };
  /** When the commit was made; absent: expressions use the present. */
  commitDate?: Date;
  repository?: Repository;
  actor?: string;
  run?: { id: string; attempt: string; url: string };
}

export interface Repository {
  owner: string;
  name: string;
  /** Where people look at it: `https://github.com/owner/name`. */
  url?: string;
  defaultBranch?: string;
  description?: string;
  /** SPDX identifier. */
  license?: string;
  private?: boolean;
}

/** The branch of the ref, if it is one. */
export function branchOf(context: RepositoryContext): string | undefined {
  return after(context.ref, 'refs/heads/');
}

export function tagOf(context: RepositoryContext): string | undefined {
  return after(context.ref, 'refs/tags/');
}

/** Events that have no branch of their own happen on the default one. */
const ON_DEFAULT_BRANCH = new Set(['create', 'discussion', 'issues', 'schedule']);

export function isDefaultBranch(context: RepositoryContext): boolean {
  if (ON_DEFAULT_BRANCH.has(context.event)) return true;
  const branch = branchOf(context);
  return branch !== undefined && branch === context.repository?.defaultBranch;
}

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
