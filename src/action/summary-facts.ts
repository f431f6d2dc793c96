import type { Timeline } from '../cli/job/timeline.ts';
import { ContainerizeError, causesOf, messageOf } from '../errors.ts';
import { cacheNotes } from './caches.ts';
import { combined, type NamedReport } from './reports.ts';
import type { SummaryFacts, SummaryImage } from './summary.ts';

export interface SummarySource {
  command: string;
  reports: readonly NamedReport[];
  timeline: Timeline;
  warnings: readonly string[];
  notes: readonly string[];
  failure: unknown;
  cancelled: boolean;
}

/** What a summary says, from what the step knows. */
export function summaryFacts({
  command,
  reports,
  timeline,
  warnings,
  notes,
  failure,
  cancelled,
}: SummarySource): SummaryFacts {
  const report = combined(reports);
  const cache = cacheNotes(reports);
  const { image, pushed, release } = report;
  const names = pushed.length > 0 ? pushed.map((p) => p.repository) : (image?.names ?? []);
  const what = names[0] ?? release?.repositories[0];
  return {
    title: `containerize ${command}${what === undefined ? '' : ` ${what}`}${cancelled ? ' (cancelled)' : ''}`,
    ...(failure === undefined ? {} : { failed: failureOf(failure) }),
    images: reports.flatMap(imagesOf),
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
            dryRun: release.dryRun,
            ...(release.undoCommand === undefined ? {} : { undo: release.undoCommand }),
          },
        }),
    ...(cache.length === 0 ? {} : { cache }),
    tagNotes: [
      ...notes,
      ...pushed.flatMap(({ repository, kept = [] }) =>
        kept.map((tag) => `${repository}:${tag} stays: it names a higher version`),
      ),
    ],
    warnings,
    milliseconds: timeline.elapsed(),
  };
}

function imagesOf({ name, report: { image, pushed, merged } }: NamedReport): SummaryImage[] {
  if (image === undefined)
    return pushed.map((p) => ({
      name: p.repository,
      digest: p.digest,
      platforms: merged ?? [],
      tags: p.tags,
      pushed: true,
    }));
  return [
    {
      name: name ?? pushed[0]?.repository ?? image.names[0] ?? 'image',
      digest: image.digest,
      size: image.size,
      platforms: image.platforms,
      tags: image.names,
      pushed: pushed.length > 0,
    },
  ];
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
