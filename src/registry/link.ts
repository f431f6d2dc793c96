import type { HttpResponse } from '../http.ts';

/** The address of the next page, from a Link header with rel="next"; only on the same server, which alone may see our credentials. */
export function nextPage(response: HttpResponse): URL | undefined {
  const header = response.headers.link;
  const text = Array.isArray(header) ? header.join(', ') : header;
  const match = /<([^>]*)>\s*;[^,]*\brel\s*=\s*"?next"?/i.exec(text ?? '');
  if (match === null) return undefined;
  try {
    const url = new URL(match[1]!, response.url);
    return url.host === response.url.host ? new URL(`${url.pathname}${url.search}`, response.url) : undefined;
  } catch {
    return undefined;
  }
}
