import { messageOf } from '../../errors.ts';
import type { Progress } from '../../progress.ts';
import type { Timeline, TimelineStep } from '../job/timeline.ts';

/** One piece of work, for programs. Times are milliseconds since the pipeline began. */
export interface StepReport {
  name: string;
  group?: string;
  startMs: number;
  /** Absent: it had not ended when the report was written. */
  endMs?: number;
  cached: boolean;
  /** Why a build step was not cached. */
  missReason?: string;
  error?: string;
}

/** What the cache did for an image. */
export interface CacheReport {
  steps: number;
  cached: number;
  misses: { step: string; reason: string }[];
}

const MISS = 'not cached: ';

/** Progress whose times and notes are kept as well. */
export function recorded(progress: Progress, timeline: Timeline): Progress {
  return {
    start(info) {
      const task = progress.start(info);
      const step = timeline.begin(info);
      return {
        output: (stream, chunk) => task.output(stream, chunk),
        progress: (current, total, unit) => task.progress(current, total, unit),
        note(message) {
          step.note(message);
          task.note(message);
        },
        done(result = {}) {
          step.end(result);
          task.done(result);
        },
        fail(error) {
          step.end({ failed: messageOf(error).split('\n')[0]!.slice(0, 300) });
          task.fail(error);
        },
      };
    },
    warn: (message) => progress.warn(message),
  };
}

/** The timeline as data. */
export function stepReports({ steps }: Timeline): StepReport[] {
  return steps.map((step) => {
    const reason = missReason(step);
    return {
      name: step.name,
      ...(step.group === undefined ? {} : { group: step.group }),
      startMs: step.start,
      ...(step.end === undefined ? {} : { endMs: step.end }),
      cached: step.cached,
      ...(reason === undefined ? {} : { missReason: reason }),
      ...(step.failed === undefined ? {} : { error: step.failed }),
    };
  });
}

/** Counts the steps of Dockerfiles; undefined when there was none. */
export function cacheReport({ steps }: Timeline): CacheReport | undefined {
  const own = steps.filter(({ name }) => name.startsWith('[') && !name.startsWith('[internal]'));
  if (own.length === 0) return undefined;
  return {
    steps: own.length,
    cached: own.filter(({ cached }) => cached).length,
    misses: own.flatMap((step) => {
      const reason = missReason(step);
      return step.cached || reason === undefined ? [] : [{ step: step.name, reason }];
    }),
  };
}

function missReason({ notes }: TimelineStep): string | undefined {
  const reasons = notes.filter((note) => note.startsWith(MISS)).map((note) => note.slice(MISS.length));
  return reasons.length === 0 ? undefined : reasons.join('; ');
}
