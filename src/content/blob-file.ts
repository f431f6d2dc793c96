import { utimesSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { codeOf } from '../errors.ts';
import type { Digester } from '../oci/digest.ts';

/** What is written at once: up to this much, a blob is written in one call, without Node's threads. */
const BATCH = 1 << 20;

/**
 * Makes the file `path`. Writes and hashes in step: the disk works on one chunk while the next is digested. Stops when
 * there is more than `max`.
 */
export async function writeBlob(path: string, body: Readable, digester: Digester, max: number): Promise<void> {
  let file: FileHandle | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let batch: Buffer[] = [];
  let batched = 0;
  const flush = async () => {
    const chunks = batch;
    batch = [];
    batched = 0;
    await writing;
    file ??= await open(path, 'wx', 0o644);
    writing = writeFully(file, chunks);
    // Its failure is seen at the next await; until then it must not count as unhandled.
    writing.catch(() => {});
  };
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      digester.update(chunk);
      // More than announced: the caller's check says so.
      if (digester.size > max) break;
      batch.push(chunk);
      batched += chunk.byteLength;
      if (batched >= BATCH) await flush();
    }
    if (file === undefined) writeFileSync(path, Buffer.concat(batch), { flag: 'wx', mode: 0o644 });
    else if (batched > 0) await flush();
  } finally {
    await writing.catch(() => {});
    await file?.close();
  }
  await writing;
}

async function writeFully(file: FileHandle, chunks: Buffer[]): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } = await file.writev(chunks);
  if (bytesWritten === total) return;
  // A signal or a nearly full disk cut it short: the rest goes out plainly, and fails with the disk's own error.
  for (let rest = Buffer.concat(chunks).subarray(bytesWritten); rest.byteLength > 0; ) {
    const written = (await file.write(rest)).bytesWritten;
    rest = rest.subarray(written);
  }
}

/** Makes a file last over a power cut; false when there is no such file. */
export async function flushFile(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // A read-only store, or one in memory, has nothing to flush.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EROFS' || codeOf(error) === 'EINVAL') return false;
    throw error;
  }
}

/** Says that the file is in use now. */
export function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}
