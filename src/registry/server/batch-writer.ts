import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Digester } from '../../oci/digest.ts';

/** Bytes gathered before one write. */
const BATCH = 1024 * 1024;

/** A file that grows: how much of it is written, and the digest of that. */
export interface Growing {
  size: number;
  digester: Digester | undefined;
}

/** Writes a stream behind what is there: digests while the previous batch is being written. */
export class BatchWriter {
  readonly #file: FileHandle;
  readonly #upload: Growing;

  constructor(file: FileHandle, upload: Growing) {
    this.#file = file;
    this.#upload = upload;
  }

  async drain(body: Readable): Promise<void> {
    let batch: Buffer[] = [];
    let size = 0;
    let position = this.#upload.size;
    let writing: Promise<unknown> = Promise.resolve();
    let failure: unknown;
    const flush = async (): Promise<void> => {
      await writing;
      if (size === 0) return;
      const [buffers, at] = [batch, position];
      position += size;
      [batch, size] = [[], 0];
      writing = this.#write(buffers, at);
      // A failure is reported at the next await; until then it must not count as unhandled.
      writing.catch(() => {});
    };
    try {
      // A refusal must still reach the client: leaving this loop must not break the connection.
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        batch.push(chunk);
        size += chunk.length;
        if (size >= BATCH) await flush();
      }
    } catch (error) {
      failure = error;
    }
    await flush();
    await writing;
    if (failure !== undefined) throw failure;
  }

  async #write(buffers: Buffer[], at: number): Promise<void> {
    const pending = this.#file.writev(buffers, at);
    let size = 0;
    for (const buffer of buffers) {
      this.#upload.digester!.update(buffer);
      size += buffer.length;
    }
    const { bytesWritten } = await pending;
    // writev may write less than asked (a signal, a nearly full disk): the rest follows, or fails with the reason.
    if (bytesWritten < size) {
      const rest = Buffer.concat(buffers).subarray(bytesWritten);
      for (let done = 0; done < rest.length; )
        done += (await this.#file.write(rest, done, rest.length - done, at + bytesWritten + done)).bytesWritten;
    }
    this.#upload.size = at + size;
  }
}
