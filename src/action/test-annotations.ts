import type { TestReport } from '../reports.ts';
import type { Annotation } from './annotations.ts';

/** Lines of a trace that an annotation shows. */
const LINES = 12;

/** What failed, at the line of the repository where that is known. */
export function testAnnotations({ results }: TestReport): Annotation[] {
  return results.flatMap((result) =>
    result.cases
      .filter(({ outcome }) => outcome === 'failed' || outcome === 'error')
      .map((one) => ({
        level: 'error' as const,
        title: [one.classname ?? one.suite, one.name].filter(Boolean).join(' › '),
        message:
          [one.message, ...(one.details ?? '').split('\n').slice(0, LINES)].filter(Boolean).join('\n') || one.outcome,
        ...(one.file === undefined ? {} : { file: one.file }),
        ...(one.line === undefined ? {} : { line: one.line }),
      })),
  );
}
