import { readFileSync } from 'node:fs';

/** A range of IDs that a user may map into a user namespace: /etc/subuid and /etc/subgid, subuid(5). */
export interface IdRange {
  start: number;
  count: number;
}

/** Ranges of this user (by name or number), in the file's order. */
export function subordinateIds(file: '/etc/subuid' | '/etc/subgid', user: string | undefined, uid: number): IdRange[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return parseSubordinateIds(text, user, uid);
}

export function parseSubordinateIds(text: string, user: string | undefined, uid: number): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner, start, count] = line.trim().split(':');
    if (owner === undefined || (owner !== user && owner !== String(uid))) return [];
    if (!/^\d+$/.test(start ?? '') || !/^\d+$/.test(count ?? '') || Number(count) === 0) return [];
    return [{ start: Number(start), count: Number(count) }];
  });
}

/** `root is me, everybody else from the ranges`: records of the helper's userns mode, `[inner, outer, size]`. */
export function idMap(self: number, ranges: readonly IdRange[]): [inner: number, outer: number, size: number][] {
  const map: [number, number, number][] = [[0, self, 1]];
  let next = 1;
  for (const { start, count } of ranges) {
    map.push([next, start, count]);
    next += count;
  }
  return map;
}
