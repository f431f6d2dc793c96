import { type HttpResponse, readBody, redactUrl } from '../http.ts';
import { RegistryError } from './registry-error.ts';

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

/** A page's JSON object. */
export async function readJson(response: HttpResponse, limit: number): Promise<Record<string, unknown>> {
  const bytes = await readBody(response, limit);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The next line says it.
  }
  throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a JSON object`);
}
