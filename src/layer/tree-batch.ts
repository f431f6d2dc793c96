import type { Helper, HelperRecord, HelperReport } from '../runtime/helper.ts';
import { HelperError } from '../runtime/helper.ts';
import { layerError } from './layer-error.ts';
import { type Root, rootRecord, sourceRecord } from './root-records.ts';

export interface TreePlace {
  helper: Helper;
  root: Root;
  /** Further roots that can be copied from, by name. */
  sources?: Readonly<Record<string, Root>>;
  /** In a user namespace: devices are left out of copies. */
  rootless?: boolean;
  signal?: AbortSignal;
}

/** One operation that waits for its answer. */
export interface Operation {
  record: HelperRecord;
  /** Hears the entries that come before the answer. */
  onEntry?: (entry: HelperReport) => void;
  resolve(result: HelperReport): void;
  reject(error: unknown): void;
}

/**
 * Runs operations in order, in one process. Each is answered or fails alone; when the process cannot start, or dies,
 * all that were not answered fail.
 */
export async function runBatch(place: TreePlace, operations: readonly Operation[]): Promise<void> {
  const answered = new Set<number>();
  const hear = (report: HelperReport): void => {
    const index = Number(report.index);
    const operation = report.index === undefined ? undefined : operations[index];
    if (operation === undefined) return;
    if (report.event === 'entry') {
      operation.onEntry?.(report);
      return;
    }
    if (report.event === 'result') operation.resolve(report);
    else if (report.event === 'error') operation.reject(failure(report, operation.record));
    else return;
    answered.add(index);
  };
  const rejectRest = (error: unknown): void => {
    for (const [index, operation] of operations.entries()) if (!answered.has(index)) operation.reject(error);
  };
  try {
    const process = place.helper.spawn('tree', records(place, operations), {
      stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
      ...(place.signal === undefined ? {} : { signal: place.signal }),
      onReport: hear,
    });
    await process.exited;
    place.signal?.throwIfAborted();
    if (answered.size < operations.length) rejectRest(process.failure() ?? new Error('the helper stopped early'));
  } catch (error) {
    rejectRest(error);
  }
}

function failure(report: HelperReport, record: HelperRecord): unknown {
  return layerError(HelperError.reported('tree', report), `${record[0]} in a root file system`);
}

function records(place: TreePlace, operations: readonly Operation[]): HelperRecord[] {
  return [
    rootRecord(place.root),
    ...Object.entries(place.sources ?? {}).map(([name, root]) => sourceRecord(name, root)),
    ...(place.rootless ? ([['rootless']] as HelperRecord[]) : []),
    ['keep-going'],
    ...operations.map((operation) => operation.record),
  ];
}
