import { type Http, readBody } from '../http.ts';

/** What GitHub sends at most. */
const MAX_ANSWER = 16 * 1024 * 1024;

/** Octokit's fetch over our own connections: proxies, NO_PROXY and extra authorities hold for GitHub as for registries. */
export function fetchOver(http: Http): typeof fetch {
  return async (input, init = {}) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    const { body, signal, method = 'GET' } = init;
    const response = await http.request({
      url,
      method,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof body === 'string' ? { body } : {}),
      signal: signal ?? undefined,
      // the library repeats by itself
      retries: 0,
    });
    const bytes = await readBody(response, MAX_ANSWER);
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers))
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.append(name, one);
    const empty = [101, 204, 205, 304].includes(response.status);
    return new Response(empty ? null : new Uint8Array(bytes), { status: response.status, headers });
  };
}
