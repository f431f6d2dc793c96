import type { Deployment } from './deployments.ts';
import type { HistoryEntry } from './history.ts';

/** An event of a channel, as the registry remembers it, GitHub, or both. */
export interface NotedEntry {
  time: Date;
  event: string;
  digest: string;
  channel?: string;
  /** The shadow tag; absent: only GitHub knows of it. */
  tag?: string;
  deployment?: Deployment;
}

/** A deployment is noted before the tags move and gates may take their time. */
const LONGEST_MS = 60 * 60_000;

/**
 * Both histories as one, oldest first: a deployment goes with the first event of its digest and kind that followed it.
 * What only one of them has is there all the same: moves made without a token, deployments that failed.
 */
export function withDeployments(
  entries: readonly (HistoryEntry & { channel: string })[],
  deployments: readonly Deployment[],
  /** Whose history it is: an environment may be of several images. */
  repository: string,
): NotedEntry[] {
  const left = new Set(deployments);
  const noted = entries.map((entry): NotedEntry => {
    const fits = [...left]
      .filter((deployment) => belongs(deployment, entry))
      .sort((a, b) => b.time.getTime() - a.time.getTime())[0];
    if (fits === undefined) return entry;
    left.delete(fits);
    return { ...entry, deployment: fits };
  });
  for (const deployment of left) {
    const { image = repository } = deployment.payload;
    if (image !== repository) continue;
    noted.push({
      time: deployment.time,
      event: deployment.task,
      digest: deployment.payload.digest ?? '',
      deployment,
    });
  }
  return noted.sort((a, b) => a.time.getTime() - b.time.getTime());
}

function belongs({ time, task, payload }: Deployment, entry: HistoryEntry): boolean {
  const waited = entry.time.getTime() - time.getTime();
  // GitHub counts in seconds
  if (payload.digest !== entry.digest || waited < -1000 || waited > LONGEST_MS) return false;
  const event = entry.event === 'rollback-open' ? 'rollback' : entry.event;
  return task === event || (task === 'deploy' && event === 'release');
}
