import type { ImageReport, JobReport } from '../cli/job/job.ts';
import type { TestReport } from '../reports.ts';
import { reportOf } from '../testing/result.ts';

/** What became of one image of a step; the only one has no name of its own. */
export interface NamedReport {
  name?: string;
  report: JobReport & Partial<Pick<ImageReport, 'outcome' | 'error'>>;
}

/** A job that is about several images tells of each. */
export function imagesOf(parts: readonly NamedReport[]): NamedReport[] {
  return parts.flatMap((part) => part.report.images?.map((report) => ({ name: report.name, report })) ?? [part]);
}

/** One report of several: the first image and release stand for all, where there is room for one only. */
export function combined(parts: readonly NamedReport[]): JobReport {
  const reports = parts.map(({ report }) => report);
  const image = reports.find((report) => report.image !== undefined)?.image;
  const release = reports.find((report) => report.release !== undefined)?.release;
  const merged = reports.find((report) => report.merged !== undefined)?.merged;
  const tests = testsOf(parts);
  return {
    ...(image === undefined ? {} : { image }),
    pushed: reports.flatMap((report) => report.pushed),
    ...(merged === undefined ? {} : { merged }),
    ...(tests.length === 0 ? {} : { tests: sum(tests) }),
    ...(release === undefined ? {} : { release }),
  };
}

/** Tests of several images are often called alike: the image's name stands before theirs. */
function testsOf(parts: readonly NamedReport[]): TestReport[] {
  const several = parts.length > 1;
  return parts.flatMap(({ name, report: { tests } }) => {
    if (tests === undefined) return [];
    if (!several || name === undefined) return [tests];
    return [{ ...tests, results: tests.results.map((result) => ({ ...result, name: `${name}: ${result.name}` })) }];
  });
}

function sum(tests: readonly TestReport[]): TestReport {
  return reportOf(
    tests.flatMap((t) => t.results),
    tests.reduce((total, t) => total + t.durationMs, 0),
  );
}
