import { type Http, HttpError, type HttpResponse, readBody, redactUrl } from '../http.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credentials.ts';
import { RegistryError, refusal } from './registry-error.ts';

/** Largest answer of a token server. */
const MAX_ANSWER = 1024 * 1024;
/** Lifetime when the server names none (distribution's token specification). */
const DEFAULT_LIFETIME_S = 60;
/** A token that ends this soon is not used any more. */
const MARGIN_MS = 5_000;
const CLIENT_ID = 'containerize';

interface Token {
  value: string;
  expires: number;
}

export interface TokenRequest {
  registry: string;
  challenge: Challenge;
  /** Where the challenge came from: a secret never goes from https to plain http. */
  origin: URL;
  scopes: readonly string[];
  credential: Credential | undefined;
  signal?: AbortSignal | undefined;
}

/** Bearer tokens, cached until shortly before their end; equal requests at one time are one request. */
export class Tokens {
  readonly #http: Http;
  readonly #cache = new Map<string, Promise<Token>>();

  constructor(http: Http) {
    this.#http = http;
  }

  async get(request: TokenRequest): Promise<string> {
    const key = keyOf(request);
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      const token = await cached.catch(() => undefined);
      if (token !== undefined && token.expires - MARGIN_MS > Date.now()) return token.value;
      if (this.#cache.get(key) === cached) this.#cache.delete(key);
    }
    let fresh = this.#cache.get(key);
    if (fresh === undefined) {
      fresh = this.#fetch(request);
      this.#cache.set(key, fresh);
      // A failure is told to who asked and then forgotten.
      fresh.catch(() => this.#cache.get(key) === fresh && this.#cache.delete(key));
    }
    return (await fresh).value;
  }

  /** Forgets a token that the registry refused. */
  forget(request: TokenRequest): void {
    this.#cache.delete(keyOf(request));
  }

  async #fetch(request: TokenRequest): Promise<Token> {
    const { credential, challenge } = request;
    const realm = realmOf(request);
    if (credential?.identityToken !== undefined)
      return this.#post(realm, request, { grant_type: 'refresh_token', refresh_token: credential.identityToken });
    const url = new URL(realm);
    if (challenge.parameters.service !== undefined) url.searchParams.set('service', challenge.parameters.service);
    for (const scope of request.scopes) url.searchParams.append('scope', scope);
    if (credential !== undefined && credential.username !== '') url.searchParams.set('account', credential.username);
    const headers: Record<string, string> = credential === undefined ? {} : { authorization: basic(credential) };
    const response = await this.#http.request({ url, headers, signal: request.signal });
    if ((response.status === 404 || response.status === 405) && credential !== undefined) {
      response.body.destroy();
      return this.#post(realm, request, {
        grant_type: 'password',
        username: credential.username,
        password: credential.password,
      });
    }
    return this.#read(response, 'GET', request);
  }

  async #post(realm: URL, request: TokenRequest, fields: Record<string, string>): Promise<Token> {
    const form = new URLSearchParams({
      ...fields,
      service: request.challenge.parameters.service ?? '',
      client_id: CLIENT_ID,
    });
    if (request.scopes.length > 0) form.set('scope', request.scopes.join(' '));
    const response = await this.#http.request({
      url: realm,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      // A redirect would carry the secret in the body to another host.
      redirect: 'manual',
      signal: request.signal,
    });
    return this.#read(response, 'POST', request);
  }

  async #read(response: HttpResponse, method: string, request: TokenRequest): Promise<Token> {
    if (response.status === 400 || response.status === 401 || response.status === 403) {
      const error = await refusal(response, method, request.registry);
      const hint =
        request.credential === undefined
          ? `log in first: containerize login ${request.registry}`
          : 'check user name and password, and whether the token is still valid';
      throw new RegistryError('unauthorized', error.message, { cause: error, hint, status: response.status });
    }
    if (response.status !== 200) throw await refusal(response, method, request.registry);
    const where = redactUrl(response.url);
    let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown };
    try {
      answer = JSON.parse((await readBody(response, MAX_ANSWER)).toString('utf8'));
    } catch (error) {
      if (error instanceof HttpError) throw error;
      throw new RegistryError('invalid-answer', `${where}: expected a JSON answer with a token`);
    }
    const value = answer?.token || answer?.access_token;
    if (typeof value !== 'string' || value === '' || /[\r\n]/.test(value))
      throw new RegistryError('invalid-answer', `${where}: the answer holds no token`);
    const seconds =
      typeof answer.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : DEFAULT_LIFETIME_S;
    return { value, expires: Date.now() + seconds * 1000 };
  }
}

/** Value of an Authorization header. */
export function basic(credential: Credential): string {
  return `Basic ${Buffer.from(`${credential.username}:${credential.password}`).toString('base64')}`;
}

function realmOf(request: TokenRequest): URL {
  const { realm } = request.challenge.parameters;
  let url: URL;
  try {
    url = new URL(realm ?? '', request.origin);
  } catch {
    throw new RegistryError(
      'invalid-answer',
      `${request.registry} sends to a token server at "${String(realm).slice(0, 200)}", which is not an address`,
    );
  }
  if (realm === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new RegistryError('invalid-answer', `${request.registry} asks for a token but names no token server`);
  if (url.protocol === 'http:' && request.origin.protocol === 'https:' && request.credential !== undefined) {
    throw new RegistryError(
      'denied',
      `${request.registry} wants the password sent without encryption to ${url.origin}: refused`,
    );
  }
  return url;
}

function keyOf({ registry, challenge, scopes, credential }: TokenRequest): string {
  return JSON.stringify([
    registry,
    challenge.parameters.realm,
    challenge.parameters.service,
    [...scopes].sort(),
    credential?.username,
    credential?.identityToken,
  ]);
}
