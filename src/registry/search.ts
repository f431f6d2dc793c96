import { type Http, readBody, redactUrl } from '../http.ts';
import type { RegistryClient } from './client.ts';
import type { TransferOptions } from './connection.ts';
import { RegistryError, refusal } from './registry-error.ts';

/** One repository that was found. */
export interface Found {
  name: string;
  description: string;
  stars: number;
  official: boolean;
  automated: boolean;
}

/** Docker Hub's search, as the Docker daemon asks for it. */
const HUB_SEARCH = 'https://index.docker.io/v1/search';
const MAX_ANSWER = 8 * 1024 * 1024;

/** Repositories of Docker Hub that match `term`, best first. */
export async function searchHub(
  http: Http,
  term: string,
  limit: number,
  options: TransferOptions & { url?: string } = {},
): Promise<Found[]> {
  const url = new URL(options.url ?? HUB_SEARCH);
  url.searchParams.set('q', term);
  url.searchParams.set('n', String(limit));
  const response = await http.request({ url, signal: options.signal, onRetry: options.onRetry });
  if (response.status !== 200) throw await refusal(response, 'GET', 'docker.io');
  let results: unknown;
  try {
    ({ results } = JSON.parse((await readBody(response, MAX_ANSWER)).toString('utf8')) as { results?: unknown });
  } catch (error) {
    throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a JSON object`, { cause: error });
  }
  if (!Array.isArray(results))
    throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a list "results"`);
  return results.slice(0, limit).map((value: Record<string, unknown>) => ({
    name: String(value.name ?? ''),
    description: String(value.description ?? ''),
    stars: Number(value.star_count) || 0,
    official: value.is_official === true,
    automated: value.is_automated === true,
  }));
}

/** Repositories of another registry whose name holds `term`: all that its catalog can tell. */
export async function searchCatalog(
  client: RegistryClient,
  registry: string,
  term: string,
  limit: number,
  options: TransferOptions = {},
): Promise<Found[]> {
  const found: Found[] = [];
  for await (const name of client.catalog(registry, options)) {
    if (!name.includes(term.toLowerCase())) continue;
    found.push({ name: `${registry}/${name}`, description: '', stars: 0, official: false, automated: false });
    if (found.length >= limit) break;
  }
  return found;
}
