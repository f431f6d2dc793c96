import type { Secrets } from '../secrets.ts';
import type { Download } from './download.ts';

/**
 * Downloads with the secrets that are meant for a host, as BuildKit names them: `HTTP_AUTH_HEADER_<host>` is the whole
 * value of Authorization, `HTTP_AUTH_TOKEN_<host>` a Bearer token. They go to that host alone: a redirect to another one
 * drops them.
 */
export function withAuth(download: Download, secrets: Secrets): Download {
  if (!secrets.ids().some((id) => id.startsWith('HTTP_AUTH_'))) return download;
  return async (url, options) => {
    const authorization = await authorizationFor(new URL(url), secrets);
    if (authorization === undefined) return download(url, options);
    return download(url, { ...options, headers: { ...options.headers, authorization } });
  };
}

async function authorizationFor(url: URL, secrets: Secrets): Promise<string | undefined> {
  for (const host of new Set([url.host, url.hostname])) {
    const header = await secrets.get(`HTTP_AUTH_HEADER_${host}`);
    if (header !== undefined) return header.toString().trim();
    const token = await secrets.get(`HTTP_AUTH_TOKEN_${host}`);
    if (token !== undefined) return `Bearer ${token.toString().trim()}`;
  }
  return undefined;
}
