import { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import {
  backoff,
  discard,
  type HttpResponse,
  isTransientError,
  isTransientStatus,
  pause,
  type RetryPolicy,
} from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { RegistryError, refusal } from './registry-error.ts';
import type { RegistryRequest } from './transport.ts';

export interface UploadOptions {
  registry: string;
  /** `/v2/app/blobs/uploads/`. */
  path: string;
  descriptor: Descriptor;
  /** The blob's bytes from `start` up to and without `end`. Called again when something has to be sent again. */
  open: (start: number, end: number) => Promise<Readable>;
  send: (request: Omit<RegistryRequest, 'scopes'>) => Promise<HttpResponse>;
  /** Whether the blob is there: an answer that was lost may have been a success. */
  has: () => Promise<boolean>;
  /** Address of an upload that a refused mount has begun already. */
  location?: URL | undefined;
  /** Send in pieces of so many bytes instead of at once. */
  chunkSize?: number | undefined;
  /** The body can be read only once. */
  once?: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: ((bytes: number) => void) | undefined;
  onRetry?: ((reason: string, delayMs: number) => void) | undefined;
  policy: RetryPolicy;
}

const MAX_FAILURES = 6;

/**
 * Sends one blob: POST for an upload session, then the whole blob in one PUT; after a lost connection the session is
 * asked what it has, and the rest follows in PATCHes. With `chunkSize` it is PATCHes from the start.
 */
export async function uploadBlob(options: UploadOptions): Promise<void> {
  const upload = new Upload(options);
  for (let failures = 0; ; ) {
    try {
      return await upload.attempt();
    } catch (error) {
      options.signal?.throwIfAborted();
      const transient =
        isTransientError(error) ||
        (error instanceof RegistryError &&
          (isTransientStatus(error.status ?? 0) || error.status === 404 || error.status === 416));
      failures = upload.progressed() ? 1 : failures + 1;
      if (!transient || options.once || failures > MAX_FAILURES) throw error;
      const delay = backoff(failures - 1, options.policy);
      options.onRetry?.(messageOf(error), delay);
      await pause(delay, options.signal);
      // The failure may have hit only the answer.
      if (await options.has().catch(() => false)) return;
      await upload.recover();
    }
  }
}

class Upload {
  readonly #o: UploadOptions;
  #location: URL | undefined;
  /** Bytes that the registry has for certain. */
  #offset = 0;
  #chunk: number | undefined;
  #before = 0;

  constructor(options: UploadOptions) {
    this.#o = options;
    this.#location = options.location;
    this.#chunk = options.chunkSize;
  }

  /** Whether the registry got further since the last time this was asked. */
  progressed(): boolean {
    const yes = this.#offset > this.#before;
    this.#before = this.#offset;
    return yes;
  }

  async attempt(): Promise<void> {
    if (this.#location === undefined) await this.#start();
    if (this.#chunk !== undefined || this.#offset > 0) {
      while (this.#offset < this.#o.descriptor.size) await this.#patch();
      await this.#put(this.#o.descriptor.size);
    } else {
      await this.#put(0);
    }
  }

  /** Asks what the session has; a session that is gone is begun anew. */
  async recover(): Promise<void> {
    const location = this.#location;
    this.#location = undefined;
    const before = this.#offset;
    this.#offset = 0;
    if (location === undefined) return;
    const response = await this.#o.send({ target: location, signal: this.#o.signal });
    await discard(response.body);
    if (response.status !== 204 && response.status !== 202) return;
    const end = rangeEnd(response);
    // `0-0` is what some send for nothing and others for one byte: begin anew.
    if (end === undefined || end === 0 || end >= this.#o.descriptor.size) return;
    this.#location = locationOf(response) ?? location;
    this.#offset = end + 1;
    if (this.#offset < before) this.#before = this.#offset;
  }

  async #start(): Promise<void> {
    const response = await this.#o.send({ method: 'POST', target: this.#o.path, signal: this.#o.signal });
    if (response.status !== 202) throw await refusal(response, 'POST', this.#o.registry);
    await discard(response.body);
    const location = locationOf(response);
    if (location === undefined)
      throw new RegistryError(
        'invalid-answer',
        `POST ${response.url.pathname}: the registry names no Location for the upload`,
      );
    this.#location = location;
    this.#offset = 0;
    const least = Number(response.headers['oci-chunk-min-length'] ?? 0);
    if (this.#chunk !== undefined && least > this.#chunk) this.#chunk = least;
  }

  async #patch(): Promise<void> {
    const start = this.#offset;
    const end = Math.min(this.#o.descriptor.size, start + (this.#chunk ?? this.#o.descriptor.size));
    const response = await this.#send('PATCH', this.#location!, start, end, { 'content-range': `${start}-${end - 1}` });
    if (response.status !== 202 && response.status !== 204) {
      const received = response.status === 416 ? rangeEnd(response) : undefined;
      const error = await refusal(response, 'PATCH', this.#o.registry);
      if (received !== undefined && received !== 0 && received + 1 !== start && received < this.#o.descriptor.size) {
        this.#offset = received + 1;
        return;
      }
      throw error;
    }
    await discard(response.body);
    this.#location = locationOf(response) ?? this.#location;
    const got = rangeEnd(response);
    // A registry that took only a part says so; one that says nothing took all.
    this.#offset = got !== undefined && got >= start && got < end ? got + 1 : end;
  }

  async #put(start: number): Promise<void> {
    const { size, digest } = this.#o.descriptor;
    const target = new URL(this.#location!);
    target.searchParams.set('digest', digest);
    const response = await this.#send('PUT', target, start, size, {});
    if (response.status < 200 || response.status > 299) throw await refusal(response, 'PUT', this.#o.registry);
    await discard(response.body);
    const stored = response.headers['docker-content-digest'];
    if (stored !== undefined && stored !== digest)
      throw new RegistryError(
        'digest-mismatch',
        `PUT ${response.url.pathname}: sent ${digest}, the registry stored ${stored}`,
      );
    this.#offset = size;
    this.#o.onProgress?.(size);
  }

  #send(
    method: string,
    target: URL,
    start: number,
    end: number,
    headers: Record<string, string>,
  ): Promise<HttpResponse> {
    return this.#o.send({
      method,
      target,
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      ...(end > start ? { body: { length: end - start, open: () => this.#o.open(start, end) } } : {}),
      // Repetition is ours: where to go on depends on what arrived.
      retries: 0,
      // A registry may take minutes to move a large blob to its place before it answers.
      idleTimeoutMs: 600_000,
      signal: this.#o.signal,
      onSent: (bytes) => this.#o.onProgress?.(start + bytes),
    });
  }
}

/** Location may be relative to the address that was asked. */
export function locationOf(response: HttpResponse): URL | undefined {
  const { location } = response.headers;
  if (location === undefined) return undefined;
  try {
    return new URL(location, response.url);
  } catch {
    throw new RegistryError('invalid-answer', `the registry's Location "${location.slice(0, 200)}" is not an address`);
  }
}

/** The last byte that a registry says it has: `Range: 0-1023`. */
function rangeEnd(response: HttpResponse): number | undefined {
  const match = /^(?:bytes=)?0-(\d+)$/.exec((response.headers.range as string | undefined) ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** `length` bytes of a stream from `start` on, for sources that can only be read from their beginning. */
export function sliceOf(source: Readable, start: number, end: number): Readable {
  async function* slice(): AsyncGenerator<Buffer> {
    let at = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const from = Math.max(0, start - at);
      const to = Math.min(chunk.length, end - at);
      at += chunk.length;
      if (to > from) yield chunk.subarray(from, to);
      if (at >= end && end !== Number.POSITIVE_INFINITY) break;
    }
  }
  return Readable.from(slice(), { objectMode: false, highWaterMark: 1 << 20 });
}
