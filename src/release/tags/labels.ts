import type { RepositoryContext } from './context.ts';
import { TagError } from './error.ts';
import { expand, type Values } from './expression.ts';
import type { LinesOf } from './lines.ts';

export type AnnotationLevel = 'manifest' | 'index' | 'manifest-descriptor' | 'index-descriptor';

const PREFIX = 'org.opencontainers.image.';

/** `KEY=VALUE` lines; a value may hold `=`. */
export function parsePairs(
  lines: LinesOf,
  values: Values,
  what: string,
  onNote: (message: string) => void,
): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const { text, line } of lines) {
    const whole = /^"(.*)"$/s.exec(text)?.[1]?.replaceAll('""', '"') ?? text;
    const equals = whole.indexOf('=');
    if (equals < 1) throw new TagError('bad-label', `${what} line ${line}: expected KEY=VALUE, found "${text}"`);
    pairs[whole.slice(0, equals).trim()] = expand(whole.slice(equals + 1), values, onNote);
  }
  return pairs;
}

/** The labels of image-spec's annotations.md that a run knows, and the user's own, by name. */
export function labelsOf(
  context: RepositoryContext,
  version: string,
  now: Date,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const { repository } = context;
  const known: Record<string, string | undefined> = {
    title: repository?.name,
    description: repository === undefined ? undefined : (repository.description ?? ''),
    url: repository?.url,
    source: repository?.url,
    version,
    created: now.toISOString(),
    revision: context.sha,
    licenses: repository === undefined ? undefined : (repository.license ?? ''),
  };
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(known)) if (value !== undefined) all[`${PREFIX}${name}`] = value;
  Object.assign(all, own);
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `manifest:KEY=VALUE`, or `manifest,index:KEY=VALUE` for several levels. */
export function annotationLines(
  annotations: Readonly<Record<string, string>>,
  levels: readonly AnnotationLevel[],
): string[] {
  return Object.entries(annotations).map(([key, value]) => `${levels.join(',')}:${key}=${value}`);
}
