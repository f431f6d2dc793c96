import { discard, type HttpResponse } from '../http.ts';
import type { Reference } from '../oci/reference.ts';
import type { Endpoints } from './endpoint.ts';
import { refusal } from './registry-error.ts';
import type { RegistryRequest, Transport } from './transport.ts';

export interface TransferOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((bytes: number) => void) | undefined;
  /** Hears of each repetition: what failed, and in how many milliseconds we try again. */
  onRetry?: ((reason: string, delayMs: number) => void) | undefined;
}

/** One repository's way to its registry: paths, scopes, mirrors for reads. */
export class Connection {
  readonly reference: Reference;
  readonly transport: Transport;
  readonly #endpoints: Endpoints;

  constructor(reference: Reference, endpoints: Endpoints, transport: Transport) {
    this.reference = reference;
    this.transport = transport;
    this.#endpoints = endpoints;
  }

  /** A read: mirrors first, then the registry itself, whose answer counts. */
  async read(request: Omit<RegistryRequest, 'scopes'> & TransferOptions): Promise<HttpResponse> {
    const scopes = this.scopes('pull');
    const method = request.method ?? 'GET';
    const { onProgress: _, ...rest } = request;
    if (typeof request.target === 'string') {
      for (const connect of this.#endpoints.mirrors(this.reference.registry, request.signal)) {
        try {
          const response = await this.transport.send(await connect(), { ...rest, scopes, retries: 1 });
          if (response.status < 300) return response;
          await discard(response.body);
        } catch {
          request.signal?.throwIfAborted();
          // A mirror that cannot help is no failure: the next one, or the registry, is asked.
        }
      }
    }
    const response = await this.send({ ...rest, scopes });
    if (response.status >= 200 && response.status < 300) return response;
    throw await refusal(response, method, this.reference.registry);
  }

  /** To the registry itself; any status is an answer. */
  async send(request: RegistryRequest & TransferOptions): Promise<HttpResponse> {
    const { onProgress: _, ...rest } = request;
    const endpoint = await this.#endpoints.origin(this.reference.registry, request.signal);
    return this.transport.send(endpoint, rest);
  }

  /** `/v2/app/tags/list`. */
  path(kind: string, what: string): string {
    return `/v2/${this.reference.repository}/${kind}/${what}`;
  }

  scopes(actions: string): string[] {
    return [`repository:${this.reference.repository}:${actions}`];
  }

  /** The error for an answer of the wrong status. */
  refused(response: HttpResponse, method: string): ReturnType<typeof refusal> {
    return refusal(response, method, this.reference.registry);
  }
}
