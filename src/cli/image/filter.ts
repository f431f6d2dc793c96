import { parseTimestamp } from '../../container/timestamp.ts';
import type { StoredImage } from '../../content/image-list.ts';
import { didYouMean } from '../../errors.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import type { PruneFilter } from '../../pipeline/store/prune.ts';
import { UsageError } from '../arguments.ts';

/** `--filter key=value`, several values of one key together. */
export function parseFilters(words: readonly string[], known: readonly string[]): Map<string, string[]> {
  const filters = new Map<string, string[]>();
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = word.slice(0, Math.max(0, equals)).trim();
    if (equals < 0)
      throw new UsageError('bad-value', `--filter: expected KEY=VALUE, found "${word}"`, {
        hint: `keys: ${known.join(', ')}`,
      });
    if (!known.includes(key))
      throw new UsageError('bad-value', `--filter: unknown key "${key}"${didYouMean(key, known)}`, {
        hint: `keys: ${known.join(', ')}`,
      });
    filters.set(key, [...(filters.get(key) ?? []), word.slice(equals + 1)]);
  }
  return filters;
}

/** `name` or `name=value` against labels. */
function hasLabel(labels: Record<string, string> | undefined, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  if (equals < 0) return labels?.[wanted] !== undefined;
  return labels?.[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}

/** True when all of several labels are there, and none of the others (`label!=`). */
export function labelsFit(labels: Record<string, string> | undefined, filters: ReadonlyMap<string, string[]>): boolean {
  return (
    (filters.get('label') ?? []).every((l) => hasLabel(labels, l)) &&
    !(filters.get('label!') ?? []).some((l) => hasLabel(labels, l))
  );
}

/** True when it was made before every `until=` given. */
export function untilFits(created: number, filters: ReadonlyMap<string, string[]>): boolean {
  return (filters.get('until') ?? []).every((text) => created < untilTime(text));
}

/** docker's pattern on a name, with or without tag: `debian`, `ghcr.io/me/app:1*`. */
export function referenceFits(name: string, pattern: string): boolean {
  const glob = globPattern(pattern);
  // As users see names; the whole spelling of Docker Hub's counts for who writes it out.
  const shown = pattern.startsWith('docker.io/') ? name : familiarName(name);
  return glob.test(shown) || glob.test(shown.replace(/:[^/:]*$/, ''));
}

function familiarName(name: string): string {
  try {
    return familiarReference(parseReference(name));
  } catch {
    return name;
  }
}

/** Go's path.Match: `*` and `?` stop at a slash. */
function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\[\^?[^\]]+\]|./gs, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped.replace(/[^\w]/, '\\$&');
    if (found === '*') return '[^/]*';
    if (found === '?') return '[^/]';
    return found.length > 1 ? found : found.replace(/[^\w]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw new UsageError('bad-value', `--filter reference: "${pattern}" is not a pattern`);
  }
}

function untilTime(text: string): number {
  const time = parseTimestamp(text, Date.now());
  if (time !== undefined) return time;
  throw new UsageError('bad-value', `--filter until: expected a time or an age such as 24h, found "${text}"`);
}

/** Milliseconds since 1970; 0 when the image does not say. */
export function createdAt(image: Pick<StoredImage, 'config'>): number {
  return Date.parse(image.config.created ?? '') || 0;
}

export function boolValue(text: string, what: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new UsageError('bad-value', `${what}: expected true or false, found "${text}"`);
}

/** The filters of every prune, in the form that the pipeline takes. */
export function pruneFilter(filters: ReadonlyMap<string, string[]>): PruneFilter {
  const times = [...(filters.get('until') ?? []), ...(filters.get('unused-for') ?? [])].map(untilTime);
  const hasLabels = filters.has('label') || filters.has('label!');
  return {
    before: times.length === 0 ? undefined : Math.min(...times),
    labels: hasLabels ? (labels) => labelsFit(labels, filters) : undefined,
  };
}
