import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  getCACertificates,
  rootCertificates,
  type SecureContext,
  connect as tlsConnect,
} from 'node:tls';
import { HttpError } from './error.ts';
import { proxyAuthorization } from './proxy.ts';
import type { TlsSettings } from './types.ts';

export type Agent = HttpAgent | HttpsAgent;

interface AgentSettings {
  maxSockets: number;
  connectTimeoutMs: number;
  extraCa: readonly string[];
}

/** Keep-alive connection pools: one for each pair of proxy and TLS settings, so that client certificates stay with their host. */
export class Agents {
  readonly #pools = new Map<string, Agent>();
  readonly #settings: AgentSettings;
  readonly #retired: Agent[] = [];
  #extra: readonly string[] | undefined;
  #systemTrusted = false;

  constructor(settings: AgentSettings) {
    this.#settings = settings;
  }

  /** From now on also trusts what the system trusts, as docker does; false when it already did. Slow: only when a certificate was not good. */
  trustSystem(): boolean {
    if (this.#systemTrusted) return false;
    this.#systemTrusted = true;
    this.#extra = [...this.#extraCa(), ...getCACertificates('system')];
    for (const [key, agent] of this.#pools) {
      if (!key.startsWith('s ')) continue;
      // Running transfers keep their connections.
      this.#pools.delete(key);
      this.#retired.push(agent);
    }
    return true;
  }

  /** `host` keys the pool when TLS settings are the host's own. */
  for(url: URL, proxy: URL | undefined, tls: TlsSettings | undefined): Agent {
    const secure = url.protocol === 'https:';
    const key = `${secure ? 's' : 'p'} ${proxy?.href ?? ''} ${tls === undefined ? '' : url.host}`;
    let agent = this.#pools.get(key);
    if (agent === undefined) {
      const base = {
        keepAlive: true,
        maxSockets: this.#settings.maxSockets,
        maxFreeSockets: this.#settings.maxSockets,
        scheduling: 'lifo' as const,
      };
      if (!secure) agent = new HttpAgent(base);
      else if (proxy === undefined) agent = new HttpsAgent({ ...base, ...this.#tlsOptions(tls) });
      else agent = new TunnelAgent({ ...base, ...this.#tlsOptions(tls) }, proxy, this.#settings);
      this.#pools.set(key, agent);
    }
    return agent;
  }

  close(): void {
    for (const agent of [...this.#pools.values(), ...this.#retired]) agent.destroy();
    this.#pools.clear();
  }

  /** Without what Node was started with: naming it again would mean parsing all built-in authorities again, 30 ms. */
  #extraCa(): readonly string[] {
    if (this.#extra === undefined) {
      const given = this.#settings.extraCa.flatMap(
        (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [],
      );
      const known = new Set(given.length === 0 ? [] : getCACertificates('extra').map((pem) => pem.replace(/\s/g, '')));
      this.#extra = given.filter((pem) => !known.has(pem.replace(/\s/g, '')));
    }
    return this.#extra;
  }

  #tlsOptions(tls: TlsSettings | undefined): {
    ca?: string[];
    cert?: string;
    key?: string;
    rejectUnauthorized?: boolean;
  } {
    const extra = [...this.#extraCa(), ...(tls?.ca ?? [])];
    return {
      // Naming any authority replaces the built-in ones, so they are named too. An insecure host is checked against nothing.
      ...(tls?.insecure
        ? { rejectUnauthorized: false }
        : extra.length > 0
          ? { ca: [...rootCertificates, ...extra] }
          : {}),
      ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls?.key === undefined ? {} : { key: tls.key }),
    };
  }
}

/** TLS through a proxy's CONNECT. */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #settings: AgentSettings;
  #context: SecureContext | undefined;
  readonly #tls: AgentOptions;

  constructor(options: AgentOptions, proxy: URL, settings: AgentSettings) {
    super(options);
    this.#proxy = proxy;
    this.#settings = settings;
    this.#tls = options;
  }

  override createConnection(
    options: RequestOptions & { servername?: string },
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const host = String(options.host);
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${options.port ?? 443}`;
    const fail = (error: Error): void => callback?.(error, undefined as unknown as Duplex);
    this.#tunnel(target).then((socket) => {
      this.#context ??= createSecureContext({ ca: this.#tls.ca, cert: this.#tls.cert, key: this.#tls.key });
      const secure = tlsConnect({
        socket,
        secureContext: this.#context,
        rejectUnauthorized: this.#tls.rejectUnauthorized !== false,
        host,
        ...(isIP(host) === 0 ? { servername: host } : {}),
      });
      callback?.(null, secure);
    }, fail);
    return undefined;
  }

  #tunnel(target: string): Promise<Socket> {
    const proxy = this.#proxy;
    const authorization = proxyAuthorization(proxy);
    return new Promise((resolve, reject) => {
      const fail = (what: string, cause?: unknown): void =>
        reject(
          new HttpError('proxy-failed', `proxy ${proxy.host}: ${what}`, {
            cause,
            hint: 'check HTTPS_PROXY and NO_PROXY',
          }),
        );
      const request = httpRequest({
        method: 'CONNECT',
        path: target,
        headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
        timeout: this.#settings.connectTimeoutMs,
        createConnection: () => connectToProxy(proxy, this.#settings.extraCa),
      });
      request.on('connect', (response, socket) => {
        if (response.statusCode === 200) {
          socket.setTimeout(0);
          resolve(socket as Socket);
        } else {
          socket.destroy();
          fail(
            response.statusCode === 407
              ? 'it asks for a user and password (407)'
              : `it refused to connect to ${target} (status ${response.statusCode})`,
          );
        }
      });
      request.on('response', (response) => {
        response.destroy();
        fail(`it refused to connect to ${target} (status ${response.statusCode})`);
      });
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', (error) => fail(error.message, error));
      request.end();
    });
  }
}

/** A connection to the proxy itself. */
function connectToProxy(proxy: URL, extraCa: readonly string[]): Socket {
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const port = Number(proxy.port || (proxy.protocol === 'https:' ? 443 : 80));
  if (proxy.protocol === 'http:') return netConnect({ host, port });
  return tlsConnect({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(extraCa.length > 0 ? { ca: [...rootCertificates, ...extraCa] } : {}),
  });
}
