/** What GitHub tells about the things that start a workflow: variables and payload. */
export interface RunnerEvent {
  name: string;
  ref: string;
  payload: Record<string, unknown>;
  baseRef?: string;
  headRef?: string;
}

export const SHA = '0123456789abcdef0123456789abcdef01234567';

const repository = {
  name: 'Hello-World',
  full_name: 'Octo-Org/Hello-World',
  owner: { login: 'Octo-Org' },
  html_url: 'https://github.com/Octo-Org/Hello-World',
  default_branch: 'main',
  description: 'says hello',
  license: { spdx_id: 'MIT' },
  private: false,
};

const commit = { id: SHA, timestamp: '2026-03-04T05:06:07Z' };

export function push(branch = 'main'): RunnerEvent {
  return {
    name: 'push',
    ref: `refs/heads/${branch}`,
    payload: { repository, head_commit: commit, ref: `refs/heads/${branch}` },
  };
}

export function tag(name: string): RunnerEvent {
  return {
    name: 'push',
    ref: `refs/tags/${name}`,
    payload: { repository, head_commit: commit, ref: `refs/tags/${name}` },
  };
}

/** From another repository: no secrets, a token that reads only. */
export function forkPullRequest(number = 7): RunnerEvent {
  return {
    name: 'pull_request',
    ref: `refs/pull/${number}/merge`,
    baseRef: 'main',
    headRef: 'fix',
    payload: {
      repository,
      number,
      pull_request: {
        number,
        head: { sha: SHA, ref: 'fix', repo: { full_name: 'someone/Hello-World' } },
        base: { ref: 'main', repo: { full_name: repository.full_name } },
      },
    },
  };
}

export function schedule(): RunnerEvent {
  return { name: 'schedule', ref: 'refs/heads/main', payload: { repository, schedule: '0 3 * * *' } };
}

export function workflowDispatch(inputs: Record<string, string> = {}): RunnerEvent {
  return { name: 'workflow_dispatch', ref: 'refs/heads/main', payload: { repository, inputs } };
}
