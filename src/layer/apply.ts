import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Fetcher, Layer } from '../content/store.ts';
import type { Task } from '../progress.ts';
import type { Helper, HelperProcess, HelperRecord, HelperReport } from '../runtime/helper.ts';
import { decompress } from './decompress.ts';
import { LayerError, type LayerErrorCode, layerError } from './layer-error.ts';
import { type Root, rootRecord } from './root-records.ts';

/** Bytes that may wait for the helper. */
const AHEAD = 4 * 1024 * 1024;

/** Largest plain tar and most entries of one layer that are unpacked unless the caller says otherwise. */
const DEFAULT_LIMITS: LayerLimits = { size: 1024 ** 4, entries: 16 * 1024 ** 2 };

export interface LayerLimits {
  /** Bytes, of the plain tar. */
  size: number;
  entries: number;
}

export interface UnpackOptions {
  helper: Helper;
  /**
   * `overlay`: an empty folder for this layer alone, what it hides becomes overlayfs's marks. `merge`: a root that has
   * the layers below. `archive`: anything; names that would mark something as deleted are refused.
   */
  mode: 'overlay' | 'merge' | 'archive';
  target: Root;
  /** The folder inside the target that is unpacked into; it must be there. Default the target itself. */
  into?: string;
  /** Unpacked layers below, topmost first, relative to `cwd`: folders that the tar does not name look as they do there. */
  lowers?: { cwd: string; names: readonly string[] };
  /** In a user namespace: marks are `user.overlay.*`, devices are left out. */
  rootless?: boolean;
  /** Only one id is mapped: owners become ours. */
  ignoreOwner?: boolean;
  limits?: Partial<LayerLimits>;
  signal?: AbortSignal;
  progress?: Task;
}

export interface Unpacked {
  entries: number;
  /** Bytes of file content. */
  bytes: number;
  /** Bytes of the plain tar. */
  tarSize: number;
  /** Folders that the tar did not name; without `lowers` they are root's, 0755. */
  madeFolders: number;
  /** Whether the tar names the root itself; else the target's own attributes were left as they are. */
  rootEntry: boolean;
  /** Devices that could not be made in a user namespace. */
  skippedDevices: number;
  skippedXattrs: number;
}

export interface ApplyOptions extends UnpackOptions {
  layer: Layer;
  content: Fetcher;
}

/**
 * Unpacks a layer's blob. The diff ID proves every byte of the tar in it, so the blob's own digest need not be computed
 * once more where the store's bytes are at hand: only to tell a damaged blob from an image that contradicts itself. When it
 * fails, the target holds a part and is to be thrown away.
 */
export async function applyLayer(options: ApplyOptions): Promise<Unpacked> {
  const { layer, content, signal } = options;
  if (content.fetchUnchecked === undefined) return applyBlob(options, await content.fetch(layer.descriptor));
  try {
    return await applyBlob(options, await content.fetchUnchecked(layer.descriptor));
  } catch (error) {
    if (error instanceof LayerError && DAMAGE.has(error.code) && !signal?.aborted)
      await finished((await content.fetch(layer.descriptor)).resume());
    throw error;
  }
}

/** What a blob that is not what its name says may look like. */
const DAMAGE = new Set<LayerErrorCode>(['bad-layer', 'bad-compression', 'diff-id-mismatch', 'layer-too-large']);

async function applyBlob(options: ApplyOptions, blob: Readable): Promise<Unpacked> {
  const { layer } = options;
  const doing = `unpack layer ${layer.descriptor.digest}`;
  const report = await unpack(options, blob, doing, layer.descriptor.size);
  const found = `sha256:${report.sha256}`;
  if (found !== layer.diffId) {
    throw new LayerError('diff-id-mismatch', `${doing}: expected diff ID ${layer.diffId}, found ${found}`, {
      hint: 'the image is inconsistent: its config names another tar than the one in its layer; pull or build it again',
    });
  }
  return report;
}

/** Unpacks a tar stream, compressed or not, from anywhere: an archive for ADD or cp, a root file system to import. */
export async function unpackTar(options: UnpackOptions, source: Readable): Promise<Unpacked & { diffId: string }> {
  const report = await unpack(options, source, 'unpack the archive');
  return { ...report, diffId: `sha256:${report.sha256}` };
}

async function unpack(
  options: UnpackOptions,
  source: Readable,
  doing: string,
  total?: number,
): Promise<Unpacked & { sha256: string }> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let process: HelperProcess;
  let report: HelperReport | undefined;
  try {
    process = options.helper.spawn('apply', records(options, limits), {
      stdio: { stdin: 'pipe', stdout: 'null', stderr: 'inherit' },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onReport: (line) => {
        if (line.event === 'applied') report = line;
        if (line.event === 'note') options.progress?.note(String(line.message));
      },
    });
  } catch (error) {
    source.destroy();
    throw error;
  }
  // What the stream says (a wrong digest, damaged gzip) comes before what the helper makes of the part that it got.
  let passed = 0;
  const fed = await feed(source, process.stdin!, limits.size, doing, (size) => {
    passed += size;
    options.progress?.progress(passed, total);
  });
  try {
    await process.finished();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw fed ?? layerError(error, doing);
  }
  if (fed !== undefined) throw fed;
  if (report === undefined) throw new LayerError('bad-layer', `${doing}: the helper gave no report`);
  return {
    entries: Number(report.entries),
    bytes: Number(report.bytes),
    tarSize: Number(report.size),
    madeFolders: Number(report.madeFolders),
    rootEntry: report.rootEntry === true,
    skippedDevices: Number(report.skippedDevices),
    skippedXattrs: Number(report.skippedXattrs),
    sha256: String(report.sha256),
  };
}

function records(options: UnpackOptions, limits: LayerLimits): HelperRecord[] {
  const list: HelperRecord[] = [
    rootRecord(options.target),
    ['whiteouts', { overlay: 'overlay', merge: 'delete', archive: 'refuse' }[options.mode]],
    ['xattr-prefix', options.rootless ? 'user' : 'trusted'],
    ['max-size', limits.size],
    ['max-entries', limits.entries],
    ['digest'],
  ];
  if (options.lowers !== undefined && options.lowers.names.length > 0) {
    list.push(['lowers', options.lowers.cwd, ...options.lowers.names]);
  }
  if (options.into !== undefined) list.push(['into', options.into]);
  if (options.rootless) list.push(['rootless']);
  if (options.ignoreOwner) list.push(['owner', 'ignore']);
  return list;
}

/** Feeds the helper. Resolves with what failed before the helper: undefined when it got everything, or closed its end. */
async function feed(
  source: Readable,
  sink: Writable,
  limit: number,
  doing: string,
  onInput: (size: number) => void,
): Promise<unknown> {
  // A helper that refuses, dies or is killed closes its end: then nobody waits for the source any more.
  let isGone = false;
  let isDone = false;
  const gone = (): void => {
    if (isDone) return;
    isGone = true;
    source.destroy();
  };
  sink.on('error', gone);
  sink.on('close', gone);
  let size = 0;
  try {
    const { bytes } = await decompress(source, doing, onInput);
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > limit) {
        throw new LayerError('layer-too-large', `${doing}: it has more than the ${limit} bytes that are accepted`);
      }
      if (isGone) return undefined;
      sink.write(chunk);
      if (sink.writableLength > AHEAD) await drained(sink);
    }
    isDone = true;
    sink.end();
    await finished(sink).catch(() => undefined);
    return undefined;
  } catch (error) {
    isDone = true;
    sink.destroy();
    return isGone ? undefined : error;
  } finally {
    source.destroy();
  }
}

/** Resolves when more can be written, or the other end is gone. */
function drained(sink: Writable): Promise<void> {
  if (sink.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done);
      sink.off('close', done);
      resolve();
    };
    sink.on('drain', done);
    sink.on('close', done);
  });
}
