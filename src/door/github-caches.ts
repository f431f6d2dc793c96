import type { ActionsCacheApi } from '../cache/actions/prune.ts';
import type { Http } from '../http.ts';
import { fetchOver } from './github-fetch.ts';

/** A page of GitHub's, and how many of them are read at most: what is left is pruned the next time. */
const PAGE = 100;
const MOST_PAGES = 5;

/** The entries of a repository's caches, over GitHub's REST interface. */
export function openActionsCaches(options: {
  token: string;
  repository: { owner: string; name: string };
  apiUrl?: string | undefined;
  http: Http;
}): ActionsCacheApi {
  const { token, repository, apiUrl, http } = options;
  const where = { owner: repository.owner, repo: repository.name };
  const open = async () => {
    const { Octokit } = await import('octokit');
    return new Octokit({
      auth: token,
      userAgent: 'containerize',
      ...(apiUrl ? { baseUrl: apiUrl } : {}),
      throttle: { onRateLimit: () => false, onSecondaryRateLimit: () => false },
      retry: { enabled: false },
      request: { fetch: fetchOver(http) },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
  };
  let opened: ReturnType<typeof open> | undefined;
  const octokit = () => {
    opened ??= open();
    return opened;
  };
  return {
    async list(prefix, ref) {
      const found: Awaited<ReturnType<ActionsCacheApi['list']>> = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const { data } = await (await octokit()).request('GET /repos/{owner}/{repo}/actions/caches', {
          ...where,
          key: prefix,
          ref,
          per_page: PAGE,
          page,
        });
        for (const { id, key, size_in_bytes: bytes = 0, last_accessed_at: used } of data.actions_caches)
          if (id !== undefined && key !== undefined)
            found.push({ id, key, bytes, usedAt: used === undefined ? Date.now() : Date.parse(used) });
        if (data.actions_caches.length < PAGE) break;
      }
      return found;
    },
    async remove(id) {
      await (await octokit()).request('DELETE /repos/{owner}/{repo}/actions/caches/{cache_id}', {
        ...where,
        cache_id: id,
      });
    },
  };
}
