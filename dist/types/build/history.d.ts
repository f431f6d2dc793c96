import type { HistoryEntry, ImageConfig } from '../oci/image-config.js';
import type { StepOutcome } from './vertex.js';
/**
 * The config with one more line of history, in BuildKit's spelling. `created` is left out for steps that only change
 * the config: {@link fillCreated} gives them a time, so that an unchanged build gives the same bytes.
 */
export declare function withHistory(config: ImageConfig, text: string, outcome: StepOutcome): ImageConfig;
/** One line of history. */
export declare function historyEntry(text: string, outcome: StepOutcome): HistoryEntry;
/**
 * Gives every entry after the base image's a time. Steps that only change the config take that of the layer before them,
 * those before the first new layer take that layer's: an unchanged build gives the same bytes at any hour. With an epoch
 * all new entries have that time.
 */
export declare function fillCreated(history: readonly HistoryEntry[], baseCount: number, epoch?: number): HistoryEntry[];
/** A time in seconds as image configs spell it. */
export declare function rfc3339(seconds: number): string;
