/** Entries of a repository, over GitHub's REST API. */
export interface ActionsCacheApi {
  /** Those whose key begins so, of one ref. */
  list(prefix: string, ref: string): Promise<ActionsCacheEntry[]>;
  remove(id: number): Promise<void>;
}

export interface ActionsCacheEntry {
  id: number;
  key: string;
  bytes: number;
  /** Milliseconds since 1970. */
  usedAt: number;
}

/** Another branch's index may lead to them: what was read lately stays. */
const REST_MS = 24 * 3600_000;

/**
 * Removes what a save made superfluous: older indexes of the scope on this ref, and packs that the newest does not name and
 * that nobody read for a day. Saves of other jobs with the same scope are younger than what we made, or used lately.
 */
export async function pruneActions(
  api: ActionsCacheApi,
  { prefix, ref, keys, now }: { prefix: string; ref: string; keys: readonly string[]; now: number },
): Promise<ActionsCacheEntry[]> {
  const inUse = new Set(keys);
  const entries = await api.list(prefix, ref);
  const ours = keys.find((key) => key.startsWith(`${prefix}index-`));
  const removed: ActionsCacheEntry[] = [];
  for (const entry of entries) {
    if (inUse.has(entry.key) || ours === undefined) continue;
    const isIndex = entry.key.startsWith(`${prefix}index-`);
    // the time is in the key: a younger one is another job's
    if (isIndex ? entry.key >= ours : now - entry.usedAt < REST_MS) continue;
    await api.remove(entry.id);
    removed.push(entry);
  }
  return removed;
}
