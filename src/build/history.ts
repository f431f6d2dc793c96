import type { HistoryEntry, ImageConfig } from '../oci/image-config.ts';
import type { StepOutcome } from './vertex.ts';

/** What BuildKit writes into every entry it makes; tools look at it to see how an image was built. */
const COMMENT = 'buildkit.dockerfile.v0';

/**
 * The config with one more line of history, in BuildKit's spelling. `created` is left out for steps that only change
 * the config: {@link fillCreated} gives them a time, so that an unchanged build gives the same bytes.
 */
export function withHistory(config: ImageConfig, text: string, outcome: StepOutcome): ImageConfig {
  return { ...config, history: [...(config.history ?? []), historyEntry(text, outcome)] };
}

/** One line of history. */
export function historyEntry(text: string, outcome: StepOutcome): HistoryEntry {
  return {
    ...(outcome.created === undefined ? {} : { created: outcome.created }),
    created_by: text,
    comment: COMMENT,
    ...(outcome.layered ? {} : { empty_layer: true }),
  };
}

/**
 * Gives every entry after the base image's a time. Steps that only change the config take that of the layer before them,
 * those before the first new layer take that layer's: an unchanged build gives the same bytes at any hour. With an epoch
 * all new entries have that time.
 */
export function fillCreated(history: readonly HistoryEntry[], baseCount: number, epoch?: number): HistoryEntry[] {
  const base = history.slice(0, baseCount);
  const added = history.slice(baseCount);
  if (epoch !== undefined) return [...base, ...added.map((entry) => ({ ...entry, created: rfc3339(epoch) }))];
  let time =
    added.find((entry) => entry.created !== undefined)?.created ??
    base.findLast((entry) => entry.created !== undefined)?.created;
  const filled = added.map((entry) => {
    if (entry.created !== undefined) time = entry.created;
    return time === undefined ? entry : { created: time, ...entry };
  });
  return [...base, ...filled];
}

/** A time in seconds as image configs spell it. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.000Z$/, 'Z');
}
