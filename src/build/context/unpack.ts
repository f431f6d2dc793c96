import { Readable } from 'node:stream';
import { unpackTar } from '../../layer/apply.ts';
import type { Task } from '../../progress.ts';
import type { Helper } from '../../runtime/helper.ts';
import { decompressed, sniffCompression } from './archive.ts';
import { CopyError } from './error.ts';
import type { SourceText } from './select.ts';

export interface UnpackArchiveOptions {
  helper: Helper;
  /** An empty folder. */
  target: string;
  /** What the archive is called, and where. */
  text: SourceText;
  signal?: AbortSignal;
  task?: Task;
  rootless?: boolean;
}

/** Unpacks a tar, however it is compressed, into a scratch folder: for ADD, and for a context on standard input. */
export async function unpackArchive(archive: Readable, options: UnpackArchiveOptions): Promise<void> {
  const { helper, target, text, signal, task } = options;
  try {
    const { start, whole } = await begin(archive);
    const compression = sniffCompression(start);
    // gzip and zstd are read by the unpacking itself.
    const byProgram = compression === 'bzip2' || compression === 'xz';
    const tar = byProgram ? decompressed(whole, compression, text.text) : whole;
    const given = {
      ...(signal ? { signal } : {}),
      ...(task ? { progress: task } : {}),
      ...(options.rootless ? { rootless: true } : {}),
    };
    await unpackTar({ helper, mode: 'archive', target, ...given }, tar);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CopyError) throw error;
    throw new CopyError(
      'bad-archive',
      `cannot unpack ${text.text}: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
        location: text.location,
        hint: 'to take an archive of the context as it is, use COPY, or ADD --unpack=false',
      },
    );
  } finally {
    archive.destroy();
  }
}

/** The first bytes of a stream, and the stream with them. */
async function begin(source: Readable): Promise<{ start: Buffer; whole: Readable }> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  const start = first.done ? Buffer.alloc(0) : Buffer.from(first.value);
  const all = async function* (): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  return { start, whole: Readable.from(all(), { objectMode: false }) };
}
