import { pruneActions } from '../cache/actions/prune.ts';
import { cacheLines } from '../cli/build/cache-lines.ts';
import { openActionsCaches } from '../door/github-caches.ts';
import { messageOf } from '../errors.ts';
import { Http, proxyFromEnvironment } from '../http.ts';
import type { SavedScope } from '../pipeline/cache/pending.ts';

export interface CacheSurroundings {
  env: Readonly<Record<string, string | undefined>>;
  token: string | undefined;
  say(line: string): void;
  warn(line: string): void;
}

/** Tells what the end of a job saved. A cache that could not be saved is a warning, once for all of them. */
export function tellSaved(saved: readonly SavedScope[], { say, warn }: CacheSurroundings): void {
  const reports = saved.map(({ report }) => report);
  for (const line of cacheLines({ sources: [], mounts: [], misses: [], saves: reports })) say(`cache ${line}`);
  const failed = reports.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) warn(`the build cache could not be saved: ${failed[0]!.problem}`);
}

/** Removes entries that what was saved made superfluous, where the token allows it: `actions: write`. */
export async function pruneSaved(saved: readonly SavedScope[], { env, token, say }: CacheSurroundings): Promise<void> {
  const [owner, name] = env.GITHUB_REPOSITORY?.split('/') ?? [];
  const ref = env.GITHUB_REF;
  if (!token || owner === undefined || name === undefined || !ref) return;
  const http = new Http({ proxy: proxyFromEnvironment(env), userAgent: 'containerize' });
  const api = openActionsCaches({ token, repository: { owner, name }, apiUrl: env.GITHUB_API_URL, http });
  for (const { prefix, keys, report } of saved) {
    if (prefix === undefined || keys === undefined || report.outcome !== 'saved') continue;
    try {
      const removed = await pruneActions(api, { prefix, ref, keys, now: Date.now() });
      if (removed.length > 0) say(`cache: ${removed.length} older entries of ${report.name} were removed`);
    } catch (error) {
      const { status } = error as { status?: unknown };
      say(
        status === 403 || status === 404
          ? 'cache: older entries stay until GitHub drops them; with permissions: { actions: write } they are removed here'
          : `cache: older entries could not be looked through: ${messageOf(error).replaceAll(token, '***')}`,
      );
      return;
    }
  }
}
