import { TestingError } from './error.ts';
import type { TestSpec } from './spec.ts';

/** One of several machines that share the tests: `index` is 1 to `total`. */
export interface Shard {
  index: number;
  total: number;
}

/** `1/4`. @throws TestingError */
export function parseShard(text: string): Shard {
  const [, index = 0, total = 0] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text.trim())?.map(Number) ?? [];
  if (index >= 1 && index <= total) return { index, total };
  throw new TestingError('bad-shard', `shard: expected INDEX/TOTAL such as 1/4, found "${text.slice(0, 60)}"`, {
    hint: 'the first is 1; in a matrix: ${{ matrix.shard }}/${{ strategy.job-total }}',
  });
}

/** What a test that splits itself needs: `jest --shard=$CONTAINERIZE_SHARD`. */
export function shardEnvironment({ index, total }: Shard): string[] {
  return [
    `CONTAINERIZE_SHARD=${index}/${total}`,
    `CONTAINERIZE_SHARD_INDEX=${index}`,
    `CONTAINERIZE_SHARD_TOTAL=${total}`,
  ];
}

/**
 * Whether a test is this shard's. A command that asks for the variables above splits itself and runs everywhere; the
 * others go round in the order of their names' places in the list, so that every machine decides alike.
 */
export function isOurs(spec: TestSpec, place: number, shard: Shard): boolean {
  const words = typeof spec.run === 'string' ? spec.run : (spec.run ?? []).join(' ');
  return words.includes('CONTAINERIZE_SHARD') || place % shard.total === shard.index - 1;
}
