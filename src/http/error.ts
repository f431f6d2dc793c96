import { ContainerizeError } from '../errors.ts';

export type HttpCode =
  | 'connect-failed'
  | 'name-not-resolved'
  | 'tls-failed'
  | 'proxy-failed'
  | 'timeout'
  | 'connection-lost'
  | 'too-many-redirects'
  | 'too-large'
  | 'invalid-url'
  | 'status';

/** A request that got no usable answer. The message names method, address without secrets, and what happened. */
export class HttpError extends ContainerizeError<HttpCode> {}

/** Query parameters that never carry a secret; the values of all others are hidden in messages. */
const PLAIN_PARAMETERS = new Set([
  'digest',
  'from',
  'mount',
  'n',
  'last',
  'service',
  'scope',
  'artifactType',
  'tag',
  'page',
  'page_size',
  'query',
  'q',
]);

/** The address as it may be shown: no user, no password, no signatures in the query. */
export function redactUrl(url: URL | string): string {
  let u: URL;
  try {
    u = new URL(url);
  } catch {
    return String(url)
      .replace(/\/\/[^/@\s]*@/g, '//')
      .replace(/\?.*$/s, '?…')
      .slice(0, 300);
  }
  const query = [...u.searchParams]
    .map(([name, value]) => `${name}=${PLAIN_PARAMETERS.has(name) ? value : '…'}`)
    .join('&');
  return `${u.protocol}//${u.host}${u.pathname}${query === '' ? '' : `?${query}`}`;
}

/** `text` with every secret replaced by `***`, also in its base64 and percent-encoded spellings. */
export function redactSecrets(text: string, secrets: Iterable<string | undefined>): string {
  let result = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < 4) continue;
    for (const spelling of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]))
      result = result.replaceAll(spelling, '***');
  }
  return result;
}
