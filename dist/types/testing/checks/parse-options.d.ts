import type { RunOptions } from './checks.js';
import type { YamlValue } from './yaml-value.js';
/** `containerRunOptions`: what would take the machine over is refused. */
export declare function runOptions(value: YamlValue | undefined): RunOptions;
