import type { CacheKey } from '../../cache/cache.js';
import type { StepContext, StepKey, StepResult } from '../vertex.js';
import type { RunDefinition } from './run-definition.js';
/**
 * What a RUN depends on. Left out on purpose: proxies, addresses of extra hosts, contents of secrets, limits of memory
 * and CPU, and what is in cache mounts, which all may differ without the result being another.
 */
export declare function runDefinitionKey(run: RunDefinition, inputs: readonly CacheKey[]): StepKey | undefined;
/** The same with the contents that are mounted instead of the steps that made them. */
export declare function runContentKey(run: RunDefinition, inputs: readonly StepResult[], step: StepContext): Promise<StepKey | undefined>;
