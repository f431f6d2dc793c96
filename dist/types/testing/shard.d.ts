import type { TestSpec } from './spec.js';
/** One of several machines that share the tests: `index` is 1 to `total`. */
export interface Shard {
    index: number;
    total: number;
}
/** `1/4`. @throws TestingError */
export declare function parseShard(text: string): Shard;
/** What a test that splits itself needs: `jest --shard=$CONTAINERIZE_SHARD`. */
export declare function shardEnvironment({ index, total }: Shard): string[];
/**
 * Whether a test is this shard's. A command that asks for the variables above splits itself and runs everywhere; the
 * others go round in the order of their names' places in the list, so that every machine decides alike.
 */
export declare function isOurs(spec: TestSpec, place: number, shard: Shard): boolean;
