import type { Readable } from 'node:stream';
import { discard, type HttpResponse } from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Connection, TransferOptions } from './connection.ts';
import { download } from './download.ts';
import { RegistryError } from './registry-error.ts';
import { locationOf, uploadBlob } from './upload.ts';

export interface PushBlobOptions extends TransferOptions {
  /** Bytes in a chunk; without it a blob goes in one request. */
  chunkSize?: number | undefined;
  /** Repository of the same registry to mount the blob from. */
  mountFrom?: string | undefined;
}

/** Opens a blob's bytes from `start` up to and without `end`; called again when something has to be sent again. */
export type OpenBlob = (start: number, end: number) => Promise<Readable>;

/** Blobs of one repository. */
export class RemoteBlobs {
  readonly #to: Connection;

  constructor(to: Connection) {
    this.#to = to;
  }

  /** A stream that survives lost connections; `verify` checks the digest too. */
  async fetch(descriptor: Descriptor, options: TransferOptions, verify: boolean): Promise<Readable> {
    return download({
      descriptor,
      verify,
      policy: this.#to.transport.policy,
      signal: options.signal,
      onProgress: options.onProgress,
      onRetry: options.onRetry,
      open: (headers) => this.#to.read({ ...options, target: this.#to.path('blobs', descriptor.digest), headers }),
    });
  }

  /** Sends a blob, or has it mounted. `has` tells whether it is there: an answer that was lost may have been a success. */
  async push(
    descriptor: Descriptor,
    open: OpenBlob,
    has: () => Promise<boolean>,
    options: PushBlobOptions & { once?: boolean } = {},
  ): Promise<'pushed' | 'mounted'> {
    let location: URL | undefined;
    if (options.mountFrom !== undefined && options.mountFrom !== this.#to.reference.repository) {
      const mounted = await this.#mount(descriptor.digest, options.mountFrom, options);
      if (mounted === true) return 'mounted';
      location = mounted;
    }
    await uploadBlob({
      ...options,
      registry: this.#to.reference.registry,
      path: this.#to.path('blobs', 'uploads/'),
      descriptor,
      open,
      policy: this.#to.transport.policy,
      location,
      has,
      send: (request) => this.#to.send({ ...request, scopes: this.#to.scopes('pull,push') }),
    });
    return 'pushed';
  }

  /** Makes a blob of another repository of the same registry ours, without sending it; false when the registry does not. */
  async mount(descriptor: Descriptor, fromRepository: string, options: TransferOptions = {}): Promise<boolean> {
    const mounted = await this.#mount(descriptor.digest, fromRepository, options);
    if (mounted === true) return true;
    // The registry has begun an upload instead: nobody will use it.
    if (mounted !== undefined)
      await this.#to
        .send({
          ...options,
          method: 'DELETE',
          target: mounted,
          retries: 0,
          scopes: this.#to.scopes('pull,push'),
        })
        .then(
          (r) => discard(r.body),
          () => {},
        );
    return false;
  }

  async #mount(digest: Digest, from: string, options: TransferOptions): Promise<true | URL | undefined> {
    const target = `${this.#to.path('blobs', 'uploads/')}?mount=${digest}&from=${encodeURIComponent(from)}`;
    const scopes = [...this.#to.scopes('pull,push'), `repository:${from}:pull`];
    let response: HttpResponse;
    try {
      response = await this.#to.send({
        signal: options.signal,
        onRetry: options.onRetry,
        method: 'POST',
        target,
        scopes,
      });
    } catch (error) {
      // No token for the other repository: then the blob is sent.
      if (error instanceof RegistryError) return undefined;
      throw error;
    }
    await discard(response.body);
    if (response.status === 201) return true;
    // Refused for lack of rights there, or not known: a plain upload will tell what is really wrong.
    return response.status === 202 ? locationOf(response) : undefined;
  }
}
