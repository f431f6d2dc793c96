import type { JobReport } from '../cli/job/job.ts';
import { ContainerizeError, causesOf, messageOf } from '../errors.ts';
import type { SummaryFacts } from './summary.ts';
import type { Timeline } from './timeline.ts';

export interface SummarySource {
  command: string;
  report: JobReport;
  timeline: Timeline;
  warnings: readonly string[];
  notes: readonly string[];
  failure: unknown;
  cancelled: boolean;
}

/** What a summary says, from what the step knows. */
export function summaryFacts({
  command,
  report,
  timeline,
  warnings,
  notes,
  failure,
  cancelled,
}: SummarySource): SummaryFacts {
  const { image, pushed, release } = report;
  const names = pushed.length > 0 ? pushed.map((p) => p.repository) : (image?.names ?? []);
  const what = names[0] ?? release?.repositories[0];
  return {
    title: `containerize ${command}${what === undefined ? '' : ` ${what}`}${cancelled ? ' (cancelled)' : ''}`,
    ...(failure === undefined ? {} : { failed: failureOf(failure) }),
    images:
      image === undefined
        ? pushed.map((p) => ({
            name: p.repository,
            digest: p.digest,
            platforms: report.merged ?? [],
            tags: p.tags,
            pushed: true,
          }))
        : [
            {
              name: what ?? 'image',
              digest: image.digest,
              size: image.size,
              platforms: image.platforms,
              tags: image.names,
              pushed: pushed.length > 0,
            },
          ],
    steps: timeline.steps,
    ...(report.tests === undefined ? {} : { tests: report.tests }),
    ...(release === undefined
      ? {}
      : {
          release: {
            action: release.action,
            channel: release.channel,
            ...(release.fromDigest === undefined ? {} : { from: release.fromDigest }),
            to: release.toDigest,
            changed: release.changed,
            ...(release.undoCommand === undefined ? {} : { undo: release.undoCommand }),
          },
        }),
    tagNotes: notes,
    warnings,
    milliseconds: timeline.elapsed(),
  };
}

function failureOf(failure: unknown): NonNullable<SummaryFacts['failed']> {
  const chain = causesOf(failure);
  const hint = chain.find((e): e is ContainerizeError => e instanceof ContainerizeError && e.hint !== undefined)?.hint;
  const output = chain.map((e) => (e as { output?: unknown }).output).find((o): o is string[] => Array.isArray(o));
  return {
    message: messageOf(failure),
    ...(hint === undefined ? {} : { hint }),
    ...(output === undefined || output.length === 0 ? {} : { output }),
  };
}
