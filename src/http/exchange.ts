import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { codeOf } from '../errors.ts';
import type { Agent } from './agents.ts';
import { HttpError, redactUrl } from './error.ts';
import type { HttpResponse, RequestBody } from './types.ts';

export interface Exchange {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: RequestBody | undefined;
  agent: Agent;
  /** A plain http: request that goes to a proxy: the whole address is the path. */
  proxy: URL | undefined;
  connectTimeoutMs: number;
  idleTimeoutMs: number;
  signal: AbortSignal | undefined;
  onSent: ((bytes: number) => void) | undefined;
}

/**
 * One request and its answer's head, without redirects or repetition. The answer may come before the request's body is
 * sent whole (a refusal): then it wins over the connection's end.
 */
export async function exchange(e: Exchange): Promise<HttpResponse> {
  e.signal?.throwIfAborted();
  const body = typeof e.body === 'object' && 'open' in e.body ? await e.body.open() : undefined;
  return new Promise<HttpResponse>((resolve, reject) => {
    const request = start(e);
    let answered = false;
    let connected = false;
    const connectTimer = setTimeout(() => {
      if (!connected)
        request.destroy(new HttpError('timeout', `${describe(e)}: no connection after ${e.connectTimeoutMs / 1000} s`));
    }, e.connectTimeoutMs);
    const abort = (): void => {
      request.destroy(e.signal?.reason instanceof Error ? e.signal.reason : new Error('cancelled'));
    };
    e.signal?.addEventListener('abort', abort, { once: true });
    const cleanup = (): void => {
      clearTimeout(connectTimer);
      e.signal?.removeEventListener('abort', abort);
    };

    request.on('socket', (socket) => {
      if (!socket.connecting) {
        connected = true;
        return;
      }
      const ready = (): void => {
        connected = true;
        clearTimeout(connectTimer);
      };
      socket.once(e.url.protocol === 'https:' ? 'secureConnect' : 'connect', ready);
    });
    request.setTimeout(e.idleTimeoutMs, () =>
      request.destroy(new HttpError('timeout', `${describe(e)}: nothing came for ${e.idleTimeoutMs / 1000} s`)),
    );
    request.on('response', (message: IncomingMessage) => {
      answered = true;
      connected = true;
      clearTimeout(connectTimer);
      message.on('close', () => {
        cleanup();
        body?.destroy();
      });
      // A refusal that came before the body was sent whole: the rest would block the connection, so both are given up.
      message.on('end', () => {
        if (!request.writableFinished) request.destroy();
      });
      resolve({ status: message.statusCode ?? 0, headers: message.headers, url: e.url, body: message });
    });
    request.on('error', (error) => {
      cleanup();
      body?.destroy();
      if (!answered) reject(e.signal?.aborted ? (e.signal.reason ?? error) : translate(error, e, request));
    });
    request.on('close', () => {
      cleanup();
      if (!answered)
        reject(new HttpError('connection-lost', `${describe(e)}: the connection was closed before an answer came`));
    });
    send(request, e, body);
  });
}

function start(e: Exchange): ClientRequest {
  const options: RequestOptions = {
    method: e.method,
    headers: e.headers,
    agent: e.agent,
    host: e.url.hostname.replace(/^\[|\]$/g, ''),
    port: e.url.port || (e.url.protocol === 'https:' ? 443 : 80),
    path: `${e.url.pathname}${e.url.search}`,
    setHost: false,
  };
  if (e.url.protocol === 'https:') return httpsRequest(options);
  if (e.proxy !== undefined) {
    options.path = `${e.url.origin}${e.url.pathname}${e.url.search}`;
    options.host = e.proxy.hostname.replace(/^\[|\]$/g, '');
    options.port = e.proxy.port || 80;
  }
  return httpRequest(options);
}

function send(request: ClientRequest, e: Exchange, body: Readable | undefined): void {
  if (body === undefined) {
    request.end(e.body as Uint8Array | string | undefined);
    if (e.body !== undefined) e.onSent?.((e.body as Uint8Array | string).length);
    return;
  }
  let sent = 0;
  body.on('data', (chunk: Buffer) => {
    sent += chunk.length;
    if (!request.write(chunk)) body.pause();
    e.onSent?.(sent);
  });
  request.on('drain', () => body.resume());
  body.on('end', () => request.end());
  body.on('error', (error) => request.destroy(error));
}

function describe(e: Exchange): string {
  return `${e.method} ${redactUrl(e.url)}`;
}

function translate(error: Error, e: Exchange, request: ClientRequest): Error {
  if (error instanceof HttpError) return error;
  const code = codeOf(error) ?? '';
  const where = e.proxy === undefined ? e.url.host : `proxy ${e.proxy.host}`;
  const options = { cause: error };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new HttpError(
      'name-not-resolved',
      `${describe(e)}: the name ${e.proxy?.hostname ?? e.url.hostname} cannot be resolved`,
      { ...options, hint: 'check the spelling of the host, and the network' },
    );
  }
  if (code === 'ECONNREFUSED')
    return new HttpError(
      'connect-failed',
      `${describe(e)}: ${where} refuses connections: nothing listens there`,
      options,
    );
  if (code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return new HttpError('connect-failed', `${describe(e)}: ${where} cannot be reached (${code})`, options);
  if (isTlsError(code, error)) {
    const untrusted = UNTRUSTED.test(code);
    return new HttpError(
      'tls-failed',
      `${describe(e)}: TLS with ${e.url.host} failed: ${error.message.split('; if the root CA')[0]}`,
      {
        ...options,
        ...(untrusted
          ? {
              hint: `give the authority's certificate in NODE_EXTRA_CA_CERTS or /etc/docker/certs.d/${e.url.host}/ca.crt`,
            }
          : {}),
      },
    );
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) {
    return new HttpError(
      'connection-lost',
      `${describe(e)}: the connection was lost${request.reusedSocket ? ' (it had been idle)' : ''}: ${error.message}`,
      options,
    );
  }
  return error;
}

function isTlsError(code: string, error: Error): boolean {
  return (
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_TLS') ||
    /CERT|SELF_SIGNED|UNABLE_TO_|EPROTO/.test(code) ||
    error.message.includes('before secure TLS connection')
  );
}

/** OpenSSL's names for a certificate that no known authority stands behind. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_/;

/** Whether another set of authorities might accept the server's certificate. */
export function isUntrusted(error: HttpError): boolean {
  return /SELF_SIGNED|UNABLE_TO_/.test(codeOf(error.cause) ?? '');
}
