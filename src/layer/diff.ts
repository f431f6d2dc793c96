import { Readable } from 'node:stream';
import type { Ingester, Layer } from '../content/store.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { type Compression, layerType } from '../oci/media-type.ts';
import type { Task } from '../progress.ts';
import type { Helper, HelperProcess, HelperRecord, HelperReport } from '../runtime/helper.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import { compress } from './compress.ts';
import { LayerError, layerError } from './layer-error.ts';
import { type Root, rootRecord } from './root-records.ts';

/** What goes into an archive, and how. */
export interface PackOptions {
  helper: Helper;
  /** No time is later than this: seconds since 1970. */
  mtimeClamp?: number;
  /** Keeps nanoseconds; otherwise times are whole seconds, as in other tools' layers. */
  exactTimes?: boolean;
  /** Paths that are left out, with all they hold: mount points. */
  exclude?: readonly string[];
  /** Only these paths, with all they hold, and the folders on the way. */
  include?: readonly string[];
  /** In a user namespace: marks are `user.overlay.*`, capabilities are written in the form that holds everywhere. */
  rootless?: boolean;
  signal?: AbortSignal;
  progress?: Task;
}

export interface DiffOptions extends PackOptions {
  /**
   * What changed: a prepared snapshot's mount. Folders that were only copied up are no change then; with an upper
   * folder alone they cannot be told from those that were.
   */
  upper: OverlayMount | string;
  store: Ingester;
  compression: Compression;
  /** On the format's own scale; default 6 for gzip, 3 for zstd. */
  level?: number;
  mediaFamily?: 'oci' | 'docker';
}

/** A layer that was packed. */
export interface PackedLayer extends Layer {
  /** True when nothing changed: the blob is an archive without entries. */
  empty: boolean;
  entries: number;
  /** Bytes of the plain tar. */
  tarSize: number;
}

/**
 * Packs what changed as a layer, into the store. Tar, compression, digest and diff ID in one pass; the same files give
 * the same bytes.
 */
export async function diffLayer(options: DiffOptions): Promise<PackedLayer> {
  const packing = pack(options, upperRecords(options.upper), 'pack the layer');
  const mediaType = layerType(options.compression, options.mediaFamily ?? 'oci');
  const body = Readable.from(compress(packing.bytes(), options.compression, options.level), { objectMode: false });
  const descriptor = await options.store.ingest(mediaType, body);
  const report = await packing.report();
  return {
    descriptor,
    diffId: diffIdOf(report),
    empty: Number(report.entries) === 0,
    entries: Number(report.entries),
    tarSize: Number(report.size),
  };
}

export interface PackRootOptions extends PackOptions {
  root: Root;
  /** Packs one file or folder, under `name` instead of its own; an empty name packs what is in the folder. */
  subtree?: { path: string; name: string; follow?: boolean };
  /** An entry for the root itself comes first. */
  rootEntry?: boolean;
}

/** A whole root file system, or a part of it, as a plain tar: export, cp. The stream fails where packing fails. */
export function packRoot(options: PackRootOptions): Readable {
  const records: HelperRecord[] = [rootRecord(options.root), ['full']];
  if (options.rootEntry) records.push(['root-entry']);
  if (options.subtree !== undefined) {
    records.push(['subtree', options.subtree.path, options.subtree.name]);
    if (options.subtree.follow) records.push(['follow']);
  }
  return Readable.from(pack(options, records, 'pack the files').bytes(), { objectMode: false });
}

function upperRecords(upper: OverlayMount | string): HelperRecord[] {
  if (typeof upper === 'string') return [['root', upper], ['upper']];
  if (upper.copyOf !== undefined)
    return [
      ['root', upper.upper],
      ['base', upper.copyOf],
    ];
  return [
    ['root', upper.upper.startsWith('/') ? upper.upper : `${upper.cwd}/${upper.upper}`],
    ['upper'],
    ['lowers', upper.cwd, ...upper.lowers],
  ];
}

interface Packing {
  /** The plain tar, once. It ends only when the helper has said that it is whole. */
  bytes(): AsyncGenerator<Buffer>;
  /** What the helper said at the end. */
  report(): Promise<HelperReport>;
}

function pack(options: PackOptions, records: HelperRecord[], doing: string): Packing {
  let report: HelperReport | undefined;
  const start = (): HelperProcess =>
    options.helper.spawn('diff', [...records, ...commonRecords(options)], {
      stdio: { stdin: 'null', stdout: 'pipe', stderr: 'inherit' },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onReport: (line) => {
        if (line.event === 'diffed') report = line;
        if (line.event === 'note') options.progress?.note(String(line.message));
      },
    });
  return {
    async *bytes() {
      const process = start();
      const output = process.stdout!;
      let size = 0;
      try {
        for await (const chunk of output as AsyncIterable<Buffer>) {
          size += chunk.length;
          options.progress?.progress(size);
          yield chunk;
        }
        await process.finished();
      } catch (error) {
        options.signal?.throwIfAborted();
        throw layerError(error, doing);
      } finally {
        // A reader that stops early: the helper ends at its next write.
        output.destroy();
      }
    },
    async report() {
      if (report === undefined) throw new LayerError('tree-failed', `${doing}: the helper gave no report`);
      return report;
    },
  };
}

function commonRecords(options: PackOptions): HelperRecord[] {
  return [
    ['xattr-prefix', options.rootless ? 'user' : 'trusted'],
    ...(options.mtimeClamp === undefined ? [] : ([['mtime-clamp', options.mtimeClamp]] as HelperRecord[])),
    ...(options.exactTimes ? ([['exact-times']] as HelperRecord[]) : []),
    ...(options.rootless ? ([['rootless']] as HelperRecord[]) : []),
    ...(options.exclude ?? []).map((path): HelperRecord => ['exclude', relative(path)]),
    ...(options.include ?? []).map((path): HelperRecord => ['include', relative(path)]),
  ];
}

/** As the helper spells paths: from the root, no slash at the ends. */
function relative(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function diffIdOf(report: HelperReport): Digest {
  return parseDigest(`sha256:${report.sha256}`);
}
