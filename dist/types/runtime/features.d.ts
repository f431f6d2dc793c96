import type { RuntimeFeatures } from './runtime-types.js';
/** https://github.com/opencontainers/runtime-spec/blob/main/features.md */
export declare function runtimeFeatures(): RuntimeFeatures;
