import { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import {
  backoff,
  HttpError,
  type HttpResponse,
  isTransientError,
  pause,
  type RetryPolicy,
  redactUrl,
} from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { Digester, digestAlgorithm } from '../oci/digest.ts';
import { RegistryError } from './registry-error.ts';

export interface DownloadOptions {
  descriptor: Descriptor;
  /** Asks for the blob from `offset` on (a Range request when that is not 0). Fails when the registry refuses. */
  open: (headers: Record<string, string>) => Promise<HttpResponse>;
  /** Check the digest here; false when who reads does it anyway. The size is always checked. */
  verify: boolean;
  signal?: AbortSignal | undefined;
  /** Bytes that have arrived. */
  onProgress?: ((bytes: number) => void) | undefined;
  onRetry?: ((reason: string, delayMs: number) => void) | undefined;
  policy: RetryPolicy;
}

/** Failures in a row, without this much progress between them, after which we give up. */
const MAX_FAILURES = 6;
const PROGRESS = 256 * 1024;
/** Failures of one blob in all: a server that always breaks after 256 KiB is not worth a gigabyte. */
const MAX_FAILURES_IN_ALL = 100;

/**
 * A blob as a stream that survives lost connections: it asks again for the rest (Range, If-Range) and goes on where it was.
 * Ends in an error when there are more bytes than the descriptor says, fewer even after asking again, or other ones.
 */
export async function download(options: DownloadOptions): Promise<Readable> {
  const stream = new BlobStream(options);
  await stream.begin();
  return stream;
}

class BlobStream extends Readable {
  readonly #options: DownloadOptions;
  readonly #size: number;
  readonly #digester: Digester | undefined;
  #source: Readable | undefined;
  #offset = 0;
  /** Bytes to drop: the server answered a Range request with everything. */
  #skip = 0;
  #etag: string | undefined;
  #where = '';
  #failures = 0;
  #failuresInAll = 0;
  #lastFailureAt = 0;

  constructor(options: DownloadOptions) {
    super({ highWaterMark: 1 << 20 });
    this.#options = options;
    this.#size = options.descriptor.size;
    const algorithm = digestAlgorithm(options.descriptor.digest) === 'sha512' ? 'sha512' : 'sha256';
    this.#digester = options.verify ? new Digester(algorithm) : undefined;
  }

  /** Sends the request; refusals come out here, before anybody reads. */
  async begin(): Promise<void> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (this.#offset > 0) {
      headers.range = `bytes=${this.#offset}-`;
      if (this.#etag !== undefined) headers['if-range'] = this.#etag;
    }
    const response = await this.#options.open(headers);
    if (this.destroyed) {
      response.body.destroy();
      return;
    }
    try {
      this.#accept(response);
    } catch (error) {
      response.body.destroy();
      throw error;
    }
    this.#follow(response.body);
  }

  override _read(): void {
    this.#source?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#source?.destroy();
    done(error);
  }

  /** Refuses an answer that cannot be our blob, before its body is read. */
  #accept({ status, headers, url }: HttpResponse): void {
    const { digest } = this.#options.descriptor;
    this.#where = redactUrl(url);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw new RegistryError(
        'invalid-answer',
        `${this.#where}: a blob must not come with Content-Encoding ${encoding}`,
      );
    const announced = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    if (status === 206) {
      const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
      if (
        range === null ||
        Number(range[1]) !== this.#offset ||
        (range[3] !== '*' && Number(range[3]) !== this.#size)
      ) {
        throw new RegistryError(
          'invalid-answer',
          `${this.#where}: asked for ${digest} from byte ${this.#offset}, got Content-Range "${headers['content-range'] ?? ''}"`,
        );
      }
      this.#skip = 0;
    } else {
      if (announced !== undefined && announced !== this.#size) {
        throw new RegistryError(
          'size-mismatch',
          `${this.#where}: expected ${this.#size} bytes of ${digest}, the registry announces ${announced}`,
        );
      }
      this.#skip = this.#offset;
    }
    const etag = headers.etag;
    this.#etag = etag?.startsWith('"') ? etag : undefined;
  }

  #follow(source: Readable): void {
    this.#source = source;
    let over = false;
    const lost = (reason: unknown): void => {
      if (over || this.destroyed) return;
      over = true;
      source.destroy();
      this.#resume(reason);
    };
    source.on('data', (chunk: Buffer) => this.#take(chunk, source));
    source.on('error', lost);
    source.on('close', () => lost(new Error('the connection was closed')));
    source.on('end', () => {
      if (over || this.destroyed) return;
      if (this.#offset < this.#size)
        return lost(new Error(`the answer ended after ${this.#offset} of ${this.#size} bytes`));
      over = true;
      this.#finish();
    });
  }

  #take(chunk: Buffer, source: Readable): void {
    let bytes = chunk;
    if (this.#skip > 0) {
      const dropped = Math.min(this.#skip, bytes.length);
      this.#skip -= dropped;
      bytes = bytes.subarray(dropped);
      if (bytes.length === 0) return;
    }
    if (this.#offset + bytes.length > this.#size) {
      const { digest } = this.#options.descriptor;
      this.destroy(
        new RegistryError(
          'size-mismatch',
          `${this.#where}: more than the ${this.#size} bytes that ${digest} should have`,
        ),
      );
      return;
    }
    this.#offset += bytes.length;
    this.#digester?.update(bytes);
    this.#options.onProgress?.(this.#offset);
    if (!this.push(bytes)) source.pause();
  }

  #finish(): void {
    const { digest } = this.#options.descriptor;
    const found = this.#digester?.digest() ?? digest;
    if (found === digest) this.push(null);
    else
      this.destroy(
        new RegistryError('digest-mismatch', `${this.#where}: expected ${digest}, the registry sent ${found}`),
      );
  }

  #resume(reason: unknown): void {
    if (this.#offset - this.#lastFailureAt >= PROGRESS) this.#failures = 0;
    this.#lastFailureAt = this.#offset;
    this.#failures++;
    this.#failuresInAll++;
    if (this.#failures > MAX_FAILURES || this.#failuresInAll > MAX_FAILURES_IN_ALL) {
      this.destroy(this.#givenUp(reason));
      return;
    }
    this.#again(reason).catch((error: unknown) =>
      this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #again(reason: unknown): Promise<void> {
    const delay = backoff(this.#failures - 1, this.#options.policy);
    this.#options.onRetry?.(`${messageOf(reason)} at byte ${this.#offset}`, delay);
    await pause(delay, this.#options.signal);
    if (this.destroyed) return;
    try {
      await this.begin();
    } catch (error) {
      if (isTransientError(error) && !this.destroyed) this.#resume(error);
      else throw error;
    }
  }

  #givenUp(reason: unknown): Error {
    const { digest } = this.#options.descriptor;
    if (reason instanceof HttpError) return reason;
    return new RegistryError(
      'truncated',
      `${this.#where}: only ${this.#offset} of ${this.#size} bytes of ${digest} came, also after asking again: ${messageOf(reason)}`,
      { cause: reason },
    );
  }
}
