import { discard, type Http, HttpError, type HttpResponse } from '../http.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { hostOfRegistry, isInsecure, mirrorUrl, type RegistryConfig } from './config.ts';

/** One place where a registry (or its mirror) answers, and how it wants us to log in. */
export interface Endpoint {
  /** As in image names, or the mirror's host: whose credentials are sent. */
  registry: string;
  /** `https://ghcr.io`. */
  origin: URL;
  mirror: boolean;
  /** Newest WWW-Authenticate seen; empty: nobody asked us to log in yet. */
  challenges: Challenge[];
}

/** Finds out once for each registry where and by which scheme it answers. */
export class Endpoints {
  readonly #http: Http;
  readonly #config: RegistryConfig;
  readonly #known = new Map<string, Promise<Endpoint>>();

  constructor(http: Http, config: RegistryConfig) {
    this.#http = http;
    this.#config = config;
  }

  /** The registry itself. */
  origin(registry: string, signal?: AbortSignal): Promise<Endpoint> {
    const host = hostOfRegistry(registry);
    return this.#once(registry, () => this.#connect(registry, host, schemesFor(host, this.#config), signal));
  }

  /** Its mirrors, in the user's order; each is connected when the one before it could not help. */
  mirrors(registry: string, signal?: AbortSignal): (() => Promise<Endpoint>)[] {
    return (this.#config.mirrors[registry] ?? []).map((address) => () => {
      const url = mirrorUrl(address);
      return this.#once(`mirror ${url.host}`, async () => ({
        ...(await this.#connect(url.host, url.host, [url.protocol], signal)),
        mirror: true,
      }));
    });
  }

  #once(key: string, connect: () => Promise<Endpoint>): Promise<Endpoint> {
    let endpoint = this.#known.get(key);
    if (endpoint === undefined) {
      endpoint = connect();
      this.#known.set(key, endpoint);
      endpoint.catch(() => this.#known.delete(key));
    }
    return endpoint;
  }

  async #connect(
    registry: string,
    host: string,
    schemes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Endpoint> {
    let failure: unknown;
    for (const [i, scheme] of schemes.entries()) {
      const origin = new URL(`${scheme}//${host}`);
      const last = i === schemes.length - 1;
      try {
        // Which scheme it is shows at once: only the last try is worth repeating.
        const response = await this.#http.request({
          url: new URL('/v2/', origin),
          signal,
          redirect: 'manual',
          ...(last ? {} : { retries: 0 }),
        });
        const challenges = parseChallenges(response.headers['www-authenticate']);
        await discard(response.body);
        if (last || speaksDistribution(response)) return { registry, origin, mirror: false, challenges };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HttpError)) throw error;
        failure = moreTelling(failure, error);
        if (error.code === 'name-not-resolved') break;
      }
    }
    throw withHint(failure, host, schemes);
  }
}

/**
 * https, and nothing else; but for insecure registries plain http when https does not work. On this machine http is tried
 * first: the question carries no secret, and a TLS handshake that fails costs more than the whole pull of a small image.
 */
function schemesFor(host: string, config: RegistryConfig): string[] {
  if (!isInsecure(host, config)) return ['https:'];
  return config.insecure.includes(host) || !isInsecure(host, { ...config, insecure: [] })
    ? ['https:', 'http:']
    : ['http:', 'https:'];
}

function speaksDistribution(response: HttpResponse): boolean {
  if (response.headers['docker-distribution-api-version'] !== undefined) return true;
  return response.status === 200 || response.status === 401;
}

/** Of two failures the one that says more: a refused connection after a broken handshake tells nothing new. */
function moreTelling(before: unknown, now: HttpError): unknown {
  return before instanceof HttpError && before.code !== 'connect-failed' && now.code === 'connect-failed'
    ? before
    : now;
}

function withHint(error: unknown, host: string, schemes: readonly string[]): unknown {
  if (
    !(error instanceof HttpError) ||
    error.code !== 'tls-failed' ||
    schemes.includes('http:') ||
    !/wrong version|packet length|EPROTO/i.test(error.message)
  )
    return error;
  return new HttpError('tls-failed', error.message, {
    cause: error,
    hint: `if the registry speaks plain HTTP and you trust the network, allow it: --insecure-registry ${host}`,
  });
}
