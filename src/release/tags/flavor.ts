import { didYouMean } from '../../errors.ts';
import { parseAttributes } from './attributes.ts';
import { TagError } from './error.ts';
import type { LinesOf } from './lines.ts';

/** What holds for all tags of an image: when `latest` is given, what stands before and behind. */
export interface Flavor {
  /** `highest`: as auto, and only when no higher version is in the registry. */
  latest: 'auto' | 'highest' | boolean;
  prefix: string;
  prefixLatest: boolean;
  suffix: string;
  suffixLatest: boolean;
}

const KEYS = ['latest', 'prefix', 'suffix'];

export function parseFlavor(lines: LinesOf): Flavor {
  const flavor: Flavor = { latest: 'auto', prefix: '', prefixLatest: false, suffix: '', suffixLatest: false };
  for (const { text, line } of lines) {
    const { values } = parseAttributes(text, line, '', 'flavor');
    for (const [key, value] of values) {
      if (key === 'onlatest') {
        const on = truth(value, `flavor line ${line}: onlatest`);
        if (values.has('prefix')) flavor.prefixLatest = on;
        if (values.has('suffix')) flavor.suffixLatest = on;
      } else if (key === 'latest') {
        if (value !== 'auto' && value !== 'highest' && value !== 'true' && value !== 'false')
          throw bad(`flavor line ${line}: expected latest=auto, highest, true or false, found latest=${value}`);
        flavor.latest = value === 'auto' || value === 'highest' ? value : value === 'true';
      } else if (key === 'prefix' || key === 'suffix') {
        flavor[key] = value;
      } else {
        throw bad(`flavor line ${line}: unknown ${key}${didYouMean(key, KEYS)}, expected ${KEYS.join(', ')}`);
      }
    }
  }
  return flavor;
}

function truth(value: string, what: string): boolean {
  if (value !== 'true' && value !== 'false') throw bad(`${what}: expected true or false, found ${value}`);
  return value === 'true';
}

function bad(message: string): TagError {
  return new TagError('bad-flavor', message);
}
