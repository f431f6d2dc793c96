import { discard, type Http, type HttpRequest, type HttpResponse, type RetryPolicy } from '../http.ts';
import { parseChallenges } from './challenge.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { basic, type TokenRequest, Tokens } from './tokens.ts';

export interface RegistryRequest extends Omit<HttpRequest, 'url'> {
  /** Path under the endpoint (`/v2/…`), or a whole address that the registry gave (an upload's Location). */
  target: string | URL;
  /** What a token must allow: `repository:app:pull,push`. */
  scopes: readonly string[];
}

/** Requests with the right Authorization: Basic or Bearer, as the registry asks; a refused token is renewed once. */
export class Transport {
  readonly #http: Http;
  readonly #credentials: CredentialSource;
  readonly #tokens: Tokens;
  readonly #known = new Map<string, Promise<Credential | undefined>>();

  constructor(http: Http, credentials: CredentialSource) {
    this.#http = http;
    this.#credentials = credentials;
    this.#tokens = new Tokens(http);
  }

  /** How often and how patiently to repeat. */
  get policy(): RetryPolicy {
    return this.#http.policy;
  }

  async send(endpoint: Endpoint, request: RegistryRequest): Promise<HttpResponse> {
    const { target, scopes, ...rest } = request;
    const url = new URL(target, endpoint.origin);
    // An address elsewhere (storage behind the registry) is signed by itself and must not see our credentials.
    if (url.origin !== endpoint.origin.origin) return this.#http.request({ ...rest, url });
    const authorization = await this.#authorization(endpoint, scopes, request.signal);
    const response = await this.#http.request({
      ...rest,
      url,
      headers: withAuthorization(rest.headers, authorization),
    });
    if (response.status !== 401 || response.url.origin !== url.origin) return response;
    const challenges = parseChallenges(response.headers['www-authenticate']);
    if (challenges.length === 0) return response;
    endpoint.challenges = challenges;
    const wanted = mergeScopes(scopes, challenges.find((c) => c.scheme === 'bearer')?.parameters.scope);
    const request2 = await this.#tokenRequest(endpoint, wanted, request.signal);
    if (request2 !== undefined && authorization !== undefined) this.#tokens.forget(request2);
    const again = await this.#authorization(endpoint, wanted, request.signal);
    if (again === undefined || again === authorization) return response;
    await discard(response.body);
    return this.#http.request({ ...rest, url, headers: withAuthorization(rest.headers, again) });
  }

  async #authorization(
    endpoint: Endpoint,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    if (endpoint.challenges.length === 0) return undefined;
    const credential = await this.#credential(endpoint.registry);
    if (credential?.registryToken !== undefined) return `Bearer ${credential.registryToken}`;
    const token = await this.#tokenRequest(endpoint, scopes, signal);
    if (token !== undefined) return `Bearer ${await this.#tokens.get(token)}`;
    const offersBasic = endpoint.challenges.some((c) => c.scheme === 'basic');
    return offersBasic && credential !== undefined && credential.identityToken === undefined
      ? basic(credential)
      : undefined;
  }

  async #tokenRequest(
    endpoint: Endpoint,
    scopes: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<TokenRequest | undefined> {
    const challenge = endpoint.challenges.find((c) => c.scheme === 'bearer');
    if (challenge === undefined) return undefined;
    return {
      registry: endpoint.registry,
      challenge,
      origin: endpoint.origin,
      scopes,
      credential: await this.#credential(endpoint.registry),
      signal,
    };
  }

  #credential(registry: string): Promise<Credential | undefined> {
    let credential = this.#known.get(registry);
    if (credential === undefined) {
      credential = this.#credentials.get(registry);
      this.#known.set(registry, credential);
      credential.catch(() => this.#known.delete(registry));
    }
    return credential;
  }
}

function withAuthorization(headers: HttpRequest['headers'], authorization: string | undefined): Record<string, string> {
  return { ...headers, ...(authorization === undefined ? {} : { authorization }) };
}

/** What we want and what the registry says it needs; ghcr.io's placeholder is not a repository of anybody. */
function mergeScopes(ours: readonly string[], theirs: string | undefined): string[] {
  const extra = (theirs ?? '').split(' ').filter((s) => s !== '' && s !== 'repository:user/image:pull');
  return [...new Set([...ours, ...extra])];
}
