import type { Progress } from '../../progress.ts';
import type { CacheReport, CacheSaveReport, CacheSourceReport } from '../../reports.ts';
import { humanSize } from '../format.ts';

/** What was restored and what was saved, a line each, in seconds and bytes. */
export function cacheLines({ sources, mounts, saves }: CacheReport): string[] {
  return [
    ...sources.map(sourceLine),
    ...mounts.map(({ id, from, bytes, milliseconds, problem }) =>
      problem === undefined
        ? `cache mount ${id}: ${humanSize(bytes)} from ${from} in ${seconds(milliseconds)}`
        : `cache mount ${id}: not restored from ${from}: ${problem}`,
    ),
    ...saves.map(saveLine),
  ];
}

/** Says it in the log of a build. */
export function tellCaches(report: CacheReport | undefined, progress: Pick<Progress, 'start'>): void {
  const lines = report === undefined ? [] : cacheLines(report);
  if (lines.length === 0) return;
  const task = progress.start({ name: 'caches' });
  for (const line of lines) task.note(line);
  task.done();
}

function sourceLine({ name, records, hits, blobs, bytes, milliseconds, problem }: CacheSourceReport): string {
  if (problem !== undefined) return `from ${name}: nothing (${problem})`;
  const brought = blobs === 0 ? 'no layer was needed' : `${count(blobs, 'blob')}, ${humanSize(bytes)}, came over`;
  return `from ${name}: ${hits} of ${count(records, 'record')} used, ${brought}; read in ${seconds(milliseconds)}`;
}

function saveLine({ name, outcome, blobs, bytes, mounts, milliseconds, problem }: CacheSaveReport): string {
  const kept = mounts === 0 ? '' : `, with ${count(mounts, 'cache mount')}`;
  switch (outcome) {
    case 'saved':
      return `to ${name}: ${count(blobs, 'blob')}, ${humanSize(bytes)}, in ${seconds(milliseconds)}${kept}`;
    case 'unchanged':
      return `to ${name}: nothing new${kept}`;
    case 'later':
      return `to ${name}: at the end of the job${kept}`;
    case 'read-only':
    case 'failed':
      return `to ${name}: not written: ${problem}`;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
