import { layerError } from '../../layer/layer-error.ts';
import { type Root, rootRecord, sourceRecord } from '../../layer/root-records.ts';
import { type Helper, HelperError, type HelperRecord, type HelperReport } from '../../runtime/helper.ts';
import type { CopySource } from './entry.ts';
import { CopyError } from './error.ts';
import { changed } from './file-digest.ts';
import type { Planned } from './plan.ts';
import type { SourceText } from './select.ts';

/** Operations and bytes of names that go to one run of the helper: its memory stays small, whatever is copied. */
const MOST_OPERATIONS = 20_000;
const MOST_BYTES = 16 * 1024 * 1024;

export interface CarryOutOptions {
  helper: Helper;
  root: Root;
  source?: { label: string; source: CopySource } | undefined;
  signal?: AbortSignal | undefined;
  /** In a user namespace: devices are left out. */
  rootless?: boolean | undefined;
  destination: SourceText;
}

/** Gives planned operations to the helper, in order, as many at a time as are worth it; stops at the first that fails. */
export async function carryOut(
  planned: AsyncIterable<Planned> | Iterable<Planned>,
  options: CarryOutOptions,
): Promise<void> {
  let batch: Planned[] = [];
  let bytes = 0;
  for await (const operation of planned) {
    batch.push(operation);
    for (const argument of operation.record) bytes += typeof argument === 'object' ? argument.byteLength : 40;
    if (batch.length < MOST_OPERATIONS && bytes < MOST_BYTES) continue;
    await runBatch(batch, options);
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) await runBatch(batch, options);
}

async function runBatch(batch: readonly Planned[], options: CarryOutOptions): Promise<void> {
  const { source, signal } = options;
  const records: HelperRecord[] = [rootRecord(options.root)];
  if (source) records.push(sourceRecord(source.label, await source.source.root()));
  if (options.rootless) records.push(['rootless']);
  for (const { record } of batch) records.push(record);
  let failure: HelperReport | undefined;
  let odd: Planned | undefined;
  const process = options.helper.spawn('tree', records, {
    stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
    ...(signal === undefined ? {} : { signal }),
    onReport: (report) => {
      if (report.event === 'error') failure ??= report;
      const operation = report.event === 'result' ? batch[Number(report.index)] : undefined;
      if (operation?.entries !== undefined && operation.entries !== report.entries) odd ??= operation;
    },
  });
  await process.exited;
  signal?.throwIfAborted();
  if (failure) throw explained(failure, batch, options);
  const unexplained = process.failure();
  if (unexplained) throw layerError(unexplained, 'copy');
  const reads = batch.flatMap(({ read }) => (read === undefined ? [] : [read]));
  source?.source.verify?.(reads);
  if (odd) throw changed(odd.read || 'the build context');
}

function explained(report: HelperReport, batch: readonly Planned[], options: CarryOutOptions): unknown {
  const error = HelperError.reported('tree', report);
  const operation = report.index === undefined ? undefined : batch[Number(report.index)];
  const what = operation?.record[0] === 'copy' ? `copy ${operation.record[2]}` : 'make the destination of the copy';
  const place = error.object ?? options.destination.text;
  const { location } = options.destination;
  switch (error.errnoName) {
    case 'EISDIR':
      return new CopyError(
        'bad-destination',
        `cannot ${what}: ${place} is a folder, and a folder is not replaced by a file`,
        {
          cause: error,
          location,
          hint: 'end the destination with a slash to copy into the folder',
        },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new CopyError('bad-destination', `cannot copy to non-directory: ${place} is not a folder`, {
        cause: error,
        location,
        hint: 'choose another destination, or remove what is there in a RUN before',
      });
    case 'ENOENT':
      // What was there when it was looked at is gone.
      if (error.call?.includes('source')) return changed(String(operation?.record[2] ?? place));
      return layerError(error, what);
    default:
      return layerError(error, what);
  }
}
