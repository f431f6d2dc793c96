import { ContainerizeError, messageOf } from '../errors.ts';
import type { Http } from '../http.ts';
import type { Deployment, DeploymentPayload, ReleaseStore } from '../release/deployments.ts';
import { fetchOver } from './github-fetch.ts';

/** Why GitHub did not do what it was asked. */
export class GithubError extends ContainerizeError<'denied' | 'github-failed'> {}

export interface GithubOptions {
  token: string;
  /** `owner/name`. */
  repository: { owner: string; name: string };
  /** `https://api.github.com`, or that of an Enterprise Server. */
  apiUrl?: string | undefined;
  /** Connections with the proxies of the environment. */
  http?: Http | undefined;
}

/** GitHub's REST interface, as far as releases need it. The library is loaded by the first call. */
export function openGithub({ token, repository, apiUrl, http }: GithubOptions): ReleaseStore {
  const where = { owner: repository.owner, repo: repository.name };
  const open = async () => {
    const { Octokit } = await import('octokit');
    return new Octokit({
      auth: token,
      userAgent: 'containerize',
      ...(apiUrl ? { baseUrl: apiUrl } : {}),
      // a handful of calls: a release neither spaces them out nor waits an hour until a limit is lifted
      throttle: { enabled: false },
      ...(http === undefined ? {} : { request: { fetch: fetchOver(http) } }),
      retry: { retries: 1 },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
  };
  let opened: ReturnType<typeof open> | undefined;
  const ask = async <T>(
    permission: string,
    act: (octokit: Awaited<ReturnType<typeof open>>) => Promise<T>,
  ): Promise<T> => {
    opened ??= open();
    try {
      return await act(await opened);
    } catch (error) {
      throw explained(error, permission, token);
    }
  };
  return {
    createDeployment: (deployment) =>
      ask('deployments: write', async (octokit) => {
        const { data } = await octokit.request('POST /repos/{owner}/{repo}/deployments', {
          ...where,
          ...deployment,
          payload: { ...deployment.payload },
          // the image was tested; checks of the commit do not say more, and nothing is to be merged
          required_contexts: [],
          auto_merge: false,
        });
        if (!('id' in data)) throw new GithubError('github-failed', 'GitHub made no deployment');
        return Number(data.id);
      }),
    setDeploymentState: (id, state, description, logUrl) =>
      ask('deployments: write', async (octokit) => {
        await octokit.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
          ...where,
          deployment_id: id,
          state,
          description,
          ...(logUrl === undefined ? {} : { log_url: logUrl }),
        });
      }),
    deployments: (environment, limit) =>
      ask('deployments: read', async (octokit) => {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/deployments', {
          ...where,
          environment,
          per_page: limit,
        });
        const found: Deployment[] = [];
        for (const { id, created_at, task, payload } of data) {
          const { data: states } = await octokit.request(
            'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
            { ...where, deployment_id: Number(id), per_page: 1 },
          );
          found.push({
            id: Number(id),
            time: new Date(created_at),
            task: plain(task),
            payload: payloadOf(payload),
            state: states[0]?.state ?? 'pending',
          });
        }
        return found;
      }),
    releaseByTag: (tag) =>
      ask('contents: write', async (octokit) => {
        try {
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/releases/tags/{tag}', { ...where, tag });
          return { id: Number(data.id), body: data.body ?? '' };
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          throw error;
        }
      }),
    setReleaseBody: (id, body) =>
      ask('contents: write', async (octokit) => {
        await octokit.request('PATCH /repos/{owner}/{repo}/releases/{release_id}', { ...where, release_id: id, body });
      }),
  };
}

/** Anybody can make deployments; what others put into them is not believed. */
function payloadOf(value: unknown): Partial<DeploymentPayload> {
  let payload = value;
  if (typeof payload === 'string') {
    try {
      payload = JSON.parse(payload);
    } catch {
      return {};
    }
  }
  if (typeof payload !== 'object' || payload === null) return {};
  const { image, digest, reason, actor } = payload as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries({ image, digest, reason, actor }).flatMap(([key, text]) =>
      typeof text === 'string' ? [[key, plain(text)]] : [],
    ),
  );
}

/** For a line of a terminal: nothing that steers it, and no more than a line. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 200);
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : undefined;
}

function explained(error: unknown, permission: string, token: string): GithubError {
  if (error instanceof GithubError) return error;
  const message = messageOf(error).replaceAll(token, '***');
  const status = statusOf(error);
  if (status !== 401 && status !== 403 && status !== 404)
    return new GithubError('github-failed', `GitHub: ${message}`, { cause: error });
  return new GithubError('denied', `GitHub answered ${status}: ${message}`, {
    cause: error,
    hint: `the token needs the permission ${permission}; in a workflow: permissions: { ${permission} }`,
  });
}
