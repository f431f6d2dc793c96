import { didYouMean } from '../../errors.ts';
import { parseAttributes } from './attributes.ts';
import { TagError } from './error.ts';
import type { LinesOf } from './lines.ts';

export type RuleType = 'schedule' | 'semver' | 'pep440' | 'match' | 'edge' | 'ref' | 'raw' | 'sha';

/** One line of `tags`. */
export interface Rule {
  type: RuleType;
  /** As the user wrote it. */
  text: string;
  line: number;
  attributes: ReadonlyMap<string, string>;
  priority: number;
}

const PRIORITIES: Readonly<Record<RuleType, number>> = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
};

const NEEDS: Partial<Record<RuleType, string>> = {
  semver: 'pattern',
  pep440: 'pattern',
  match: 'pattern',
  raw: 'value',
};

/** When no rule is given. */
export const DEFAULT_RULES = ['type=schedule', 'type=ref,event=branch', 'type=ref,event=tag', 'type=ref,event=pr'];

/** Rules in the order in which they count: by priority, then as written. */
export function parseRules(lines: LinesOf): Rule[] {
  const given = lines.length > 0 ? lines : DEFAULT_RULES.map((text, i) => ({ text, line: i + 1 }));
  return given.map(({ text, line }) => parseRule(text, line)).sort((a, b) => b.priority - a.priority);
}

function parseRule(text: string, line: number): Rule {
  const attributes = parseAttributes(text, line, 'value', 'tags').values;
  const type = (attributes.get('type') ?? 'raw').trim();
  if (!isRuleType(type)) {
    throw new TagError(
      'unknown-tag-type',
      `tags line ${line}: unknown type ${type}${didYouMean(type, Object.keys(PRIORITIES))}, expected ${Object.keys(PRIORITIES).join(', ')}`,
      { hint: `the line is: ${text}` },
    );
  }
  const needed = NEEDS[type];
  if (needed !== undefined && !attributes.has(needed)) {
    throw new TagError('bad-tag-rule', `tags line ${line}: type=${type} needs ${needed}=…, found "${text}"`);
  }
  if (type === 'ref' && !['branch', 'tag', 'pr'].includes(attributes.get('event') ?? '')) {
    throw new TagError('bad-tag-rule', `tags line ${line}: type=ref needs event=branch, tag or pr, found "${text}"`);
  }
  const priority = attributes.get('priority');
  if (priority !== undefined && !/^-?\d+$/.test(priority)) {
    throw new TagError('bad-tag-rule', `tags line ${line}: priority: expected a number, found "${priority}"`);
  }
  return { type, text, line, attributes, priority: priority === undefined ? PRIORITIES[type] : Number(priority) };
}

function isRuleType(type: string): type is RuleType {
  return Object.hasOwn(PRIORITIES, type);
}
