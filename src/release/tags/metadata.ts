import { applyRule, type RuleSettings } from './apply-rule.ts';
import { branchOf, isDefaultBranch, type RepositoryContext, tagOf } from './context.ts';
import { TagError } from './error.ts';
import { expand, type Values } from './expression.ts';
import { type Flavor, parseFlavor } from './flavor.ts';
import { parseImageNames } from './image-names.ts';
import { type AnnotationLevel, annotationLines, labelsOf, parsePairs } from './labels.ts';
import { linesOf } from './lines.ts';
import { parseRules, type Rule } from './rule.ts';
import { parseSemver } from './semver.ts';
import type { TagGuard } from './tag-guard.ts';

/** The inputs of metadata-action: text as in a workflow, or lines. */
export interface MetadataInput {
  images?: string | readonly string[];
  tags?: string | readonly string[];
  flavor?: string | readonly string[];
  labels?: string | readonly string[];
  annotations?: string | readonly string[];
  annotationLevels?: readonly AnnotationLevel[];
  /** Characters of `type=sha`; default 7. */
  shortShaLength?: number;
}

export interface RuleOutcome {
  rule: string;
  line: number;
  tag?: string;
  /** Why the rule gave no tag. */
  skipped?: string;
  /** Worth a warning: the rule was meant for this event. */
  warning?: boolean;
}

/** Names, labels and annotations of an image, and why they are what they are. */
export interface Metadata {
  /** The first tag. */
  version: string;
  /** Names with tags; tags alone when no image is named. */
  tags: string[];
  tagNames: string[];
  images: string[];
  labels: Record<string, string>;
  /** `LEVEL:KEY=VALUE`. */
  annotations: string[];
  /** How tags keep from moving to a lower version; absent: this is no version. */
  guard?: TagGuard;
  outcomes: RuleOutcome[];
  warnings: string[];
  /** As metadata-action's output `json`. */
  json: { tags: string[]; 'tag-names': string[]; labels: Record<string, string>; annotations: string[] };
}

const LONGEST_TAG = 128;

/**
 * Applies tag rules to a run (docker/metadata-action's language). Pure: the same input, context and time give the same
 * names. @throws TagError
 */
export function metadataOf(input: MetadataInput, context: RepositoryContext, now: Date): Metadata {
  const warnings: string[] = [];
  const onNote = (message: string): void => {
    if (!warnings.includes(message)) warnings.push(message);
  };
  const shortShaLength = input.shortShaLength ?? 7;
  const dates = datesOf(context, now);
  const values = { ...globalsOf(context, shortShaLength), ...dates };
  const images = parseImageNames(linesOf(input.images ?? []), values, onNote);
  const flavor = parseFlavor(linesOf(input.flavor ?? []));
  const outcomes: RuleOutcome[] = [];
  const names: string[] = [];
  let latest: boolean | undefined;
  const settings: RuleSettings = { context, values, dates, shortShaLength, onNote };
  for (const rule of parseRules(linesOf(input.tags ?? []))) {
    const outcome = applyRule(rule, settings);
    if ('skipped' in outcome) {
      outcomes.push({ rule: rule.text, line: rule.line, skipped: outcome.skipped, warning: !outcome.quiet });
      if (!outcome.quiet) onNote(`tags line ${rule.line} (${rule.text}): no tag, ${outcome.skipped}`);
      continue;
    }
    const around = (key: 'prefix' | 'suffix'): string =>
      expand(rule.attributes.get(key) ?? ((key === 'prefix' && outcome.prefix) || flavor[key]), values, onNote);
    const tag = clean(`${around('prefix')}${outcome.value}${around('suffix')}`, rule, onNote);
    // only the first decides
    latest ??= outcome.latest;
    if (names.includes(tag))
      outcomes.push({ rule: rule.text, line: rule.line, tag, skipped: 'an earlier rule gave it' });
    else outcomes.push({ rule: rule.text, line: rule.line, tag });
    if (!names.includes(tag)) names.push(tag);
  }
  const version = names[0] ?? '';
  const wantsLatest = typeof flavor.latest === 'boolean' ? flavor.latest : (latest ?? false);
  if (version !== '' && wantsLatest) {
    const prefix = flavor.prefixLatest ? expand(flavor.prefix, values, onNote) : '';
    const suffix = flavor.suffixLatest ? expand(flavor.suffix, values, onNote) : '';
    const tag = clean(`${prefix}latest${suffix}`, undefined, onNote);
    if (!names.includes(tag)) names.push(tag);
  }
  if (version === '') onNote(`no rule gave a tag for ${context.ref || context.event}: ${explain(outcomes)}`);
  const labels = labelsOf(context, version, now, parsePairs(linesOf(input.labels ?? []), values, 'labels', onNote));
  const annotations = annotationLines(
    labelsOf(context, version, now, parsePairs(linesOf(input.annotations ?? []), values, 'annotations', onNote)),
    input.annotationLevels ?? ['manifest'],
  );
  const tags = images.length === 0 ? [...names] : images.flatMap((image) => names.map((name) => `${image}:${name}`));
  return {
    version,
    tags,
    tagNames: names,
    images,
    labels,
    annotations,
    ...guardOf(version, flavor.latest),
    outcomes,
    warnings,
    json: { tags, 'tag-names': names, labels, annotations },
  };
}

/** `latest=true` asks for it without conditions. */
function guardOf(version: string, latest: Flavor['latest']): { guard?: TagGuard } {
  if (parseSemver(version) === undefined) return {};
  return { guard: { version, ...(latest === 'highest' ? { highest: true } : {}), latestIsFree: latest === true } };
}

function datesOf(context: RepositoryContext, now: Date): Values {
  const format = 'YYYY-MM-DDTHH:mm:ssZ';
  return { date: { date: now, format }, commit_date: { date: context.commitDate ?? now, format } };
}

function globalsOf(context: RepositoryContext, shortShaLength: number): Values {
  return {
    branch: branchOf(context) ?? '',
    tag: tagOf(context) ?? '',
    sha: context.sha.slice(0, shortShaLength),
    base_ref: context.baseRef ?? '',
    is_default_branch: isDefaultBranch(context),
    is_not_default_branch: !isDefaultBranch(context),
  };
}

/** What a registry takes as a tag (distribution-spec: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`). */
function clean(text: string, rule: Rule | undefined, onNote: (message: string) => void): string {
  const where = rule === undefined ? 'flavor' : `tags line ${rule.line}`;
  let tag = text.replace(/[^a-zA-Z0-9._-]+/g, '-');
  if (/^[.-]/.test(tag)) {
    const without = tag.replace(/^[.-]+/, '');
    onNote(`${where}: ${tag} is written ${without}: a tag begins with a letter, a digit or _`);
    tag = without;
  }
  if (tag === '') throw new TagError('bad-tag', `${where}: nothing of "${text}" can be in a tag`);
  if (tag.length > LONGEST_TAG) {
    throw new TagError(
      'tag-too-long',
      `${where}: a tag has at most ${LONGEST_TAG} characters, ${tag.slice(0, 40)}… has ${tag.length}`,
      { hint: 'use type=sha, or type=match with a pattern that takes less of the name' },
    );
  }
  return tag;
}

function explain(outcomes: readonly RuleOutcome[]): string {
  return outcomes.map((o) => `${o.rule}: ${o.skipped}`).join('; ');
}

/** As metadata-action's bake files: a JSON definition of one target. */
export function bakeFile(
  metadata: Metadata,
  target: string,
  parts: readonly ('tags' | 'labels' | 'annotations')[],
): string {
  const body: Record<string, unknown> = {};
  if (parts.includes('tags')) {
    body.tags = metadata.tags;
    body.args = { DOCKER_META_IMAGES: metadata.images.join(','), DOCKER_META_VERSION: metadata.version };
  }
  if (parts.includes('labels')) body.labels = metadata.labels;
  if (parts.includes('annotations')) body.annotations = metadata.annotations;
  return JSON.stringify({ target: { [target]: body } }, undefined, 2);
}
