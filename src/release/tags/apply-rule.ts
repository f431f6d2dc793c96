import { messageOf } from '../../errors.ts';
import { branchOf, type RepositoryContext, tagOf } from './context.ts';
import { TagError } from './error.ts';
import { expand, type Values } from './expression.ts';
import { parsePep440 } from './pep440.ts';
import type { Rule } from './rule.ts';
import { parseSemver } from './semver.ts';

/** What one rule gave: a value that prefix and suffix are yet to be put around, or why it gave none. */
export type Outcome =
  | { value: string; latest: boolean; prefix?: string }
  | { skipped: string /** Nothing wrong: the rule is for other events. */; quiet: boolean };

export interface RuleSettings {
  context: RepositoryContext;
  /** For `{{…}}` in attributes. */
  values: Values;
  /** For `{{date}}` in the pattern of a schedule. */
  dates: Values;
  shortShaLength: number;
  onNote(message: string): void;
}

export function applyRule(rule: Rule, settings: RuleSettings): Outcome {
  const { context } = settings;
  const fill = (text: string): string => expand(text, settings.values, settings.onNote);
  const get = (key: string): string | undefined => rule.attributes.get(key);
  const enable = fill(get('enable') ?? 'true');
  if (enable !== 'true' && enable !== 'false')
    throw new TagError('bad-tag-rule', `tags line ${rule.line}: enable: expected true or false, found "${enable}"`);
  if (enable === 'false') return { skipped: 'not enabled', quiet: true };
  switch (rule.type) {
    case 'schedule': {
      if (!/schedule/.test(context.event)) return notFor('a schedule', context);
      const pattern = expand(get('pattern') ?? 'nightly', settings.dates, settings.onNote);
      return { value: pattern, latest: false };
    }
    case 'semver':
    case 'pep440':
    case 'match':
      return versioned(rule, settings, fill);
    case 'edge': {
      const branch = branchOf(context);
      const wanted = fill(get('branch') ?? context.repository?.defaultBranch ?? '');
      if (branch === undefined) return notFor('a branch', context);
      if (branch !== wanted)
        return { skipped: `branch ${branch} is not ${wanted || 'the default branch'}`, quiet: true };
      return { value: 'edge', latest: false };
    }
    case 'ref':
      return ofRef(rule, context);
    case 'raw': {
      const value = fill(get('value')!);
      return value === ''
        ? { skipped: `${get('value') || 'its value'} is empty`, quiet: false }
        : { value, latest: false };
    }
    case 'sha': {
      if (context.sha === '') return { skipped: 'no commit is known', quiet: false };
      const long = get('format') === 'long';
      return {
        value: long ? context.sha : context.sha.slice(0, settings.shortShaLength),
        latest: false,
        prefix: 'sha-',
      };
    }
  }
}

function ofRef(rule: Rule, context: RepositoryContext): Outcome {
  const event = rule.attributes.get('event');
  if (event === 'branch') {
    const branch = branchOf(context);
    return branch === undefined ? notFor('a branch', context) : { value: branch, latest: false };
  }
  if (event === 'tag') {
    const tag = tagOf(context);
    if (tag === undefined) return notFor('a tag', context);
    // a pre-release never becomes `latest`, whichever rule sees it first
    return { value: tag, latest: (parseSemver(tag)?.prerelease.length ?? 0) === 0 };
  }
  const number = /^refs\/pull\/(.+?)(?:\/(?:merge|head))?$/.exec(context.ref)?.[1];
  return number === undefined ? notFor('a pull request', context) : { value: number, latest: false, prefix: 'pr-' };
}

/** semver, pep440, match: of the tag that was pushed, or of `value`. */
function versioned(rule: Rule, settings: RuleSettings, fill: (text: string) => string): Outcome {
  const get = (key: string): string | undefined => rule.attributes.get(key);
  const given = get('value');
  const tag = given === undefined || given === '' ? tagOf(settings.context) : fill(given);
  if (tag === undefined) return notFor('a tag', settings.context);
  if (tag === '') return { skipped: `${given} is empty`, quiet: false };
  if (rule.type === 'match') {
    const group = get('group') ?? '0';
    if (!/^\d+$/.test(group))
      throw new TagError('bad-tag-rule', `tags line ${rule.line}: group: expected a number, found "${group}"`);
    const found = regexOf(get('pattern')!, rule).exec(tag)?.[Number(group)];
    return found
      ? { value: found, latest: true }
      : { skipped: `${tag} does not match ${get('pattern')}`, quiet: false };
  }
  let text = tag;
  const match = get('match');
  if (match) {
    const found = regexOf(match, rule).exec(text);
    if (found === null) return { skipped: `${tag} does not match ${match}`, quiet: false };
    text = found[1] ?? found[0];
  }
  return rule.type === 'semver' ? ofSemver(text, get('pattern')!, settings) : ofPep440(text, get('pattern')!, settings);
}

function ofSemver(tag: string, pattern: string, settings: RuleSettings): Outcome {
  const text = tag.replaceAll('/', '-');
  const version = parseSemver(text);
  if (version === undefined) return { skipped: `${text} is no semantic version (semver.org)`, quiet: false };
  if (version.prerelease.length > 0) return { value: pattern === '{{raw}}' ? text : version.version, latest: false };
  const { major, minor, patch } = version;
  const values = {
    raw: text,
    version: version.version,
    major,
    minor,
    patch,
    prerelease: '',
    build: version.build.join('.'),
  };
  return filled(pattern, values, settings);
}

function ofPep440(tag: string, pattern: string, settings: RuleSettings): Outcome {
  const version = parsePep440(tag);
  if (version === undefined) return { skipped: `${tag} is no version of PEP 440`, quiet: false };
  if (version.unusual) return { value: pattern === '{{raw}}' ? tag : version.version, latest: false };
  const { major, minor, patch } = version;
  return filled(pattern, { raw: tag, version: version.version, major, minor, patch }, settings);
}

function filled(pattern: string, values: Values, settings: RuleSettings): Outcome {
  const value = expand(pattern, values, settings.onNote);
  return value === '' ? { skipped: `${pattern} is empty`, quiet: false } : { value, latest: true };
}

/** `v(.*)` or `/v(.*)/i`. */
function regexOf(text: string, rule: Rule): RegExp {
  const slashed = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return new RegExp(slashed?.[1] ?? text, slashed?.[2]?.replace('g', ''));
  } catch (cause) {
    throw new TagError('bad-tag-rule', `tags line ${rule.line}: ${messageOf(cause)}`, {
      cause,
      hint: 'the pattern is a regular expression of JavaScript; put the field in quotes when it holds a comma',
    });
  }
}

function notFor(what: string, context: RepositoryContext): Outcome {
  return { skipped: `for ${what}, this is ${context.ref || context.event}`, quiet: true };
}
