import type { Readable } from 'node:stream';
import { messageOf } from './errors.ts';
import { Agents } from './http/agents.ts';
import { HttpError, redactUrl } from './http/error.ts';
import { exchange, isUntrusted } from './http/exchange.ts';
import { proxyAuthorization, proxyFor } from './http/proxy.ts';
import {
  backoff,
  isTransientError,
  isTransientStatus,
  LONGEST_RETRY_AFTER_MS,
  pause,
  type RetryPolicy,
  retryAfterMs,
} from './http/retry.ts';
import type { HttpOptions, HttpRequest, HttpResponse, TlsSettings } from './http/types.ts';

export { HttpError, redactSecrets, redactUrl } from './http/error.ts';
export { inNetwork, isLoopback, type ProxySettings, proxyFromEnvironment } from './http/proxy.ts';
export { backoff, isTransientError, isTransientStatus, pause, type RetryPolicy } from './http/retry.ts';
export type { HttpOptions, HttpRequest, HttpResponse, RequestBody, TlsSettings } from './http/types.ts';

const MAX_REDIRECTS = 10;
/** Headers that belong to one origin and never follow a redirect to another. */
const PRIVATE_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];
/** Methods that do the same when they arrive twice. POST opens upload sessions and fetches tokens here: twice is harmless as well. */
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'OPTIONS']);

/** The one HTTP client: keep-alive connections, proxies, extra authorities, redirects, repetition, cancellation. */
export class Http {
  readonly #options: HttpOptions;
  readonly #agents: Agents;
  readonly #tls = new Map<string, Promise<TlsSettings | undefined>>();
  /** How it repeats: for callers that repeat more than one request themselves. */
  readonly policy: RetryPolicy;

  constructor(options: HttpOptions = {}) {
    this.#options = options;
    this.policy = {
      retries: options.retries ?? 5,
      baseDelayMs: options.baseDelayMs ?? 250,
      maxDelayMs: options.maxDelayMs ?? 30_000,
    };
    this.#agents = new Agents({
      maxSockets: options.maxSockets ?? 32,
      connectTimeoutMs: options.connectTimeoutMs ?? 30_000,
      extraCa: options.extraCa ?? [],
    });
  }

  /** Any status is an answer, except that transient ones are asked for again first. Fails with HttpError when none comes. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const policy = { ...this.policy, retries: request.retries ?? this.policy.retries };
    const method = request.method ?? 'GET';
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= policy.retries || !REPEATABLE.has(method);
      let reason: string;
      let delay = backoff(attempt, policy);
      try {
        const response = await this.#follow(request, method);
        if (last || !isTransientStatus(response.status)) return response;
        const asked = retryAfterMs(response.headers['retry-after']);
        if (asked !== undefined && asked > LONGEST_RETRY_AFTER_MS) return response;
        delay = Math.max(delay, asked ?? 0);
        reason = `${response.url.host} answered ${response.status}`;
        response.body.destroy();
      } catch (error) {
        request.signal?.throwIfAborted();
        if (last || !isTransientError(error)) throw error;
        reason = messageOf(error);
      }
      request.onRetry?.(reason, delay);
      await pause(delay, request.signal);
    }
  }

  /** Ends idle connections, so that the process may end. */
  close(): void {
    this.#agents.close();
  }

  async #follow(request: HttpRequest, firstMethod: string): Promise<HttpResponse> {
    let url = parseUrl(request.url);
    let method = firstMethod;
    let body = request.body;
    let headers: Record<string, string> = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([k, v]) => [k.toLowerCase(), v]),
    );
    for (let hop = 0; ; hop++) {
      const response = await this.#send(url, method, headers, body, request);
      const location = response.headers.location;
      if (
        request.redirect === 'manual' ||
        ![301, 302, 303, 307, 308].includes(response.status) ||
        location === undefined
      )
        return response;
      response.body.destroy();
      if (hop >= MAX_REDIRECTS)
        throw new HttpError(
          'too-many-redirects',
          `${method} ${redactUrl(request.url)}: more than ${MAX_REDIRECTS} redirects`,
        );
      const next = parseUrl(location, url);
      if (next.origin !== url.origin)
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !PRIVATE_HEADERS.includes(name)));
      if (response.status === 303 || (method === 'POST' && response.status < 303)) {
        method = method === 'HEAD' ? 'HEAD' : 'GET';
        body = undefined;
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('content-')));
      }
      url = next;
    }
  }

  async #send(
    url: URL,
    method: string,
    given: Record<string, string>,
    body: HttpRequest['body'],
    request: HttpRequest,
  ): Promise<HttpResponse> {
    const proxy = proxyFor(url, this.#options.proxy ?? {});
    const tls = url.protocol === 'https:' ? await this.#tlsOf(url.host) : undefined;
    const headers: Record<string, string> = {
      host: url.host,
      'user-agent': this.#options.userAgent ?? 'containerize',
      ...given,
    };
    const length =
      typeof body === 'string'
        ? Buffer.byteLength(body)
        : body === undefined
          ? undefined
          : 'open' in body
            ? body.length
            : body.byteLength;
    if (length !== undefined) headers['content-length'] = String(length);
    else if (body === undefined && (method === 'POST' || method === 'PUT' || method === 'PATCH'))
      headers['content-length'] = '0';
    const plainProxy = url.protocol === 'http:' ? proxy : undefined;
    const authorization = plainProxy && proxyAuthorization(plainProxy);
    if (authorization !== undefined) headers['proxy-authorization'] = authorization;
    const attempt = (): Promise<HttpResponse> =>
      exchange({
        url,
        method,
        headers,
        body,
        agent: this.#agents.for(url, proxy, tls),
        proxy: plainProxy,
        connectTimeoutMs: this.#options.connectTimeoutMs ?? 30_000,
        idleTimeoutMs: request.idleTimeoutMs ?? this.#options.idleTimeoutMs ?? 120_000,
        signal: request.signal,
        onSent: request.onSent,
      });
    try {
      return await attempt();
    } catch (error) {
      if (
        !(error instanceof HttpError) ||
        error.code !== 'tls-failed' ||
        !isUntrusted(error) ||
        !this.#agents.trustSystem()
      )
        throw error;
      return attempt();
    }
  }

  #tlsOf(host: string): Promise<TlsSettings | undefined> {
    let settings = this.#tls.get(host);
    if (settings === undefined) {
      settings = this.#options.tls?.(host) ?? Promise.resolve(undefined);
      this.#tls.set(host, settings);
    }
    return settings;
  }
}

/** The whole body, refused when it is longer than `limit` bytes: an endless body costs no memory. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer> {
  const announced = Number(response.headers['content-length'] ?? 0);
  const refuse = (): never => {
    response.body.destroy();
    throw new HttpError(
      'too-large',
      `${redactUrl(response.url)}: the answer is larger than the ${limit} bytes accepted`,
    );
  };
  if (announced > limit) return refuse();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return refuse();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(
      'connection-lost',
      `${redactUrl(response.url)}: the answer ended after ${size} bytes: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return Buffer.concat(chunks, size);
}

/** Reads a short body to its end so that the connection can be used again; gives up on a long one. */
export async function discard(body: Readable): Promise<void> {
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > 64 * 1024) break;
    }
  } catch {
    // The connection is gone: nothing is left to free.
  }
}

function parseUrl(text: URL | string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new HttpError('invalid-url', `"${redactUrl(text)}" is not an address`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new HttpError('invalid-url', `expected an http: or https: address, found ${redactUrl(url)}`);
  return url;
}
