import { ignoreMatcher } from '../../dockerfile/ignore.ts';
import { messageOf, type SourceLocation } from '../../errors.ts';
import { ConfigError } from './error.ts';

/** The value of `changed`, its patterns judged here, where their place is known. @throws ConfigError */
export function changedOf(given: unknown, location: SourceLocation | undefined): 'auto' | string[] | undefined {
  if (given === undefined || given === 'auto') return given;
  const patterns = [...(given as string[])];
  try {
    ignoreMatcher(patterns.map((text) => ({ text })));
  } catch (error) {
    throw new ConfigError('bad-value', `changed: ${messageOf(error)}`, { location });
  }
  if (!patterns.some((pattern) => pattern.trim() !== '' && !pattern.startsWith('!')))
    throw new ConfigError('bad-value', 'changed: expected at least one path that counts', {
      location,
      hint: 'with none the image would never be built again: leave changed out to build it always',
    });
  return patterns;
}
