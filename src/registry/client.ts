import { discard, type Http, redactUrl } from '../http.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryConfig } from './config.ts';
import type { TransferOptions } from './connection.ts';
import type { Credential, CredentialSource } from './credentials.ts';
import { Endpoints } from './endpoint.ts';
import { nextPage, readJson } from './list-page.ts';
import { RegistryError, refusal } from './registry-error.ts';
import { Repository } from './repository.ts';
import { Transport } from './transport.ts';

export interface RegistryClientOptions {
  http: Http;
  credentials: CredentialSource;
  config: RegistryConfig;
}

/** Speaks to any number of registries, with one pool of connections and one memory of tokens. */
export class RegistryClient {
  /** The connections it uses. */
  readonly http: Http;
  readonly #endpoints: Endpoints;
  readonly #transport: Transport;

  constructor(options: RegistryClientOptions) {
    this.http = options.http;
    this.#endpoints = new Endpoints(options.http, options.config);
    this.#transport = new Transport(options.http, options.credentials);
  }

  repository(reference: Reference): Repository {
    return new Repository(reference, this.#endpoints, this.#transport);
  }

  /** Fails when the registry does not take the client's credentials. */
  async checkLogin(registry: string, options: TransferOptions = {}): Promise<void> {
    const endpoint = await this.#endpoints.origin(registry, options.signal);
    const response = await this.#transport.send(endpoint, { target: '/v2/', scopes: [], signal: options.signal });
    // Without a challenge any password would do: nothing was proved, but nothing stands against it.
    if (response.status === 200) return discard(response.body);
    const error = await refusal(response, 'GET', registry);
    const code = response.status === 401 ? 'login-failed' : error.code;
    throw new RegistryError(code, error.message, {
      cause: error,
      hint: 'check user name and password',
      status: response.status,
    });
  }

  /** Names of a registry's repositories; many registries refuse to tell. */
  async *catalog(registry: string, options: TransferOptions = {}): AsyncGenerator<string> {
    const endpoint = await this.#endpoints.origin(registry, options.signal);
    let next: string | URL | undefined = '/v2/_catalog?n=1000';
    for (let pages = 0; next !== undefined && pages < 10_000; pages++) {
      const response = await this.#transport.send(endpoint, {
        target: next,
        scopes: ['registry:catalog:*'],
        signal: options.signal,
      });
      if (response.status !== 200) throw await refusal(response, 'GET', registry);
      const { repositories } = await readJson(response, 16 * 1024 * 1024);
      if (!Array.isArray(repositories))
        throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a list of repositories`);
      for (const name of repositories) if (typeof name === 'string') yield name;
      next = nextPage(response);
    }
  }

  /** Ends idle connections. */
  close(): void {
    this.http.close();
  }
}

/** A source that knows one registry's credential: what `login` tries before it keeps it. */
export function onlyFor(registry: string, credential: Credential): CredentialSource {
  return { get: async (asked) => (asked === registry ? credential : undefined) };
}
