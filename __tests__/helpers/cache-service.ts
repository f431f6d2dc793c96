import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One entry of the service, immutable once it is `done`. */
export interface CacheEntry {
  id: number;
  key: string;
  version: string;
  /** The ref that wrote it. */
  scope: string;
  body: Buffer;
  done: boolean;
  created: number;
  used: number;
}

/** What a job may do in which ref: 1 read, 2 write, 3 both; the first is its own. */
export type CacheScopes = readonly (readonly [ref: string, permission: 1 | 2 | 3])[];

const TWIRP = '/twirp/github.actions.results.api.v1.CacheService/';
const V1 = '/_apis/artifactcache/';

/**
 * GitHub's cache service on 127.0.0.1, as far as @actions/cache talks to it: protocol v2 (Twirp with JSON; uploads by the
 * rules of Azure's block blobs) and v1, and the REST calls that list and delete entries. Refs see their own entries, then
 * those of the refs after it in their token.
 */
export class TestCacheService implements AsyncDisposable {
  readonly entries: CacheEntry[] = [];
  /** `CreateCacheEntry KEY 200` and the like, in order. */
  readonly requests: string[] = [];
  /** Milliseconds that every answer waits. */
  delay = 0;
  /** Answers everything with this status. */
  failing: number | undefined;
  readonly #server: Server;
  readonly #blocks = new Map<string, Buffer>();
  #count = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  }

  static async start(): Promise<TestCacheService> {
    const server = createServer();
    const service = new TestCacheService(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the runner gives a JavaScript action. */
  env(scopes: CacheScopes = [['refs/heads/main', 3]], version: 1 | 2 = 2): Record<string, string> {
    const claim = { ac: JSON.stringify(scopes.map(([Scope, Permission]) => ({ Scope, Permission }))) };
    const token = `e30.${Buffer.from(JSON.stringify(claim)).toString('base64url')}.x`;
    return {
      ACTIONS_RUNTIME_TOKEN: token,
      ACTIONS_RESULTS_URL: `${this.url}/`,
      ...(version === 2 ? { ACTIONS_CACHE_SERVICE_V2: 'True' } : { ACTIONS_CACHE_URL: `${this.url}/` }),
      GITHUB_SERVER_URL: 'https://github.com',
    };
  }

  /** Keys of the finished entries, oldest first. */
  keys(): string[] {
    return this.entries.filter((entry) => entry.done).map((entry) => entry.key);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    // unref: a test does not wait for answers that nobody wants any more
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay).unref());
    // who lost patience is not answered, and would be counted among the requests of a later test
    if (request.socket.destroyed) return;
    const url = new URL(request.url!, this.url);
    const send = (status: number, value?: unknown, headers: Record<string, string> = {}, about = ''): unknown => {
      this.requests.push(`${request.method} ${url.pathname.replace(TWIRP, '')}${about && ` ${about}`} ${status}`);
      response.writeHead(status, {
        ...(value === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      });
      return response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    if (this.failing !== undefined) return send(this.failing, { code: 'unavailable', msg: 'down' });
    if (url.pathname.startsWith('/blobs/')) return this.#blob(request, url, body, response, send);
    if (url.pathname.startsWith('/repos/')) return this.#rest(request, url, send);
    const scopes = scopesOf(request.headers.authorization);
    if (scopes === undefined) return send(401, { code: 'unauthenticated', msg: 'no token' });
    if (url.pathname.startsWith(TWIRP)) {
      const message = JSON.parse(body.toString()) as Record<string, string & string[]>;
      return this.#twirp(url.pathname.slice(TWIRP.length), message, scopes, send);
    }
    if (url.pathname.startsWith(V1)) return this.#v1(request, url, body, scopes, send);
    return send(404);
  }

  #twirp(
    method: string,
    message: Record<string, string & string[]>,
    scopes: CacheScopes,
    send: (status: number, value?: unknown, headers?: Record<string, string>, about?: string) => unknown,
  ): unknown {
    const { key = '', version = '' } = message;
    const answer = (value: unknown, status = 200) => send(status, value, {}, key);
    if (method === 'CreateCacheEntry') {
      const reserved = this.#reserve(key, version, scopes);
      if (reserved === 'denied') return answer({ ok: false, message: 'cache write denied: the token may only read' });
      if (reserved === 'exists') return answer({ code: 'already_exists', msg: 'cache entry exists' }, 409);
      return answer({ ok: true, signed_upload_url: `${this.url}/blobs/account/${reserved.id}?sig=secret` });
    }
    if (method === 'FinalizeCacheEntryUpload') {
      const entry = this.entries.findLast((e) => e.key === key && e.version === version && !e.done);
      if (entry === undefined || entry.body.byteLength !== Number(message.size_bytes))
        return answer({ ok: false, message: 'sizes differ' });
      entry.done = true;
      return answer({ ok: true, entry_id: String(entry.id) });
    }
    if (method === 'GetCacheEntryDownloadURL') {
      const found = this.#find([key, ...(message.restore_keys ?? [])], version, scopes);
      if (found === undefined) return answer({ ok: false });
      return answer({
        ok: true,
        signed_download_url: `${this.url}/blobs/account/${found.id}?sig=secret`,
        matched_key: found.key,
      });
    }
    return send(404);
  }

  #v1(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    scopes: CacheScopes,
    send: (status: number, value?: unknown, headers?: Record<string, string>, about?: string) => unknown,
  ): unknown {
    const path = url.pathname.slice(V1.length);
    if (request.method === 'GET' && path === 'cache') {
      const keys = url.searchParams.get('keys')!.split(',');
      const found = this.#find(keys, url.searchParams.get('version')!, scopes);
      if (found === undefined) return send(204, undefined, {}, keys[0]);
      const archiveLocation = `${this.url}/blobs/account/${found.id}?sig=secret`;
      return send(200, { archiveLocation, cacheKey: found.key, scope: found.scope }, {}, keys[0]);
    }
    if (request.method === 'POST' && path === 'caches') {
      const { key, version } = JSON.parse(body.toString()) as { key: string; version: string };
      const reserved = this.#reserve(key, version, scopes);
      if (reserved === 'denied') return send(403, { message: 'cache write denied: the token may only read' }, {}, key);
      if (reserved === 'exists') return send(409, { message: 'exists' }, {}, key);
      return send(201, { cacheId: reserved.id }, {}, key);
    }
    const entry = this.entries.find((e) => path === `caches/${e.id}`);
    if (entry === undefined) return send(404);
    if (request.method === 'PATCH') {
      const start = Number(/^bytes (\d+)-/.exec(request.headers['content-range'] ?? '')![1]);
      const grown = Buffer.alloc(Math.max(entry.body.byteLength, start + body.byteLength));
      entry.body.copy(grown);
      body.copy(grown, start);
      entry.body = grown;
      return send(204);
    }
    entry.done = true;
    return send(204);
  }

  /** Azure's part: one PUT, or blocks and their list; HEAD and ranged GET. */
  #blob(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    response: ServerResponse,
    send: (status: number, value?: unknown, headers?: Record<string, string>) => unknown,
  ): unknown {
    const azure = {
      etag: `"${randomUUID()}"`,
      'last-modified': new Date().toUTCString(),
      'x-ms-request-id': randomUUID(),
      'x-ms-version': '2024-11-04',
    };
    const entry = this.entries.find(({ id }) => url.pathname === `/blobs/account/${id}`);
    if (entry === undefined) return send(404);
    if (request.method === 'PUT') {
      const kind = url.searchParams.get('comp');
      if (kind === 'block') this.#blocks.set(`${entry.id} ${url.searchParams.get('blockid')}`, body);
      else if (kind === 'blocklist') {
        const ids = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map((match) => match[1]!);
        entry.body = Buffer.concat(ids.map((id) => this.#blocks.get(`${entry.id} ${id}`)!));
      } else entry.body = body;
      return send(201, undefined, azure);
    }
    const [, from, to] =
      /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? String(request.headers['x-ms-range'])) ?? [];
    const part = from === undefined ? entry.body : entry.body.subarray(Number(from), to ? Number(to) + 1 : undefined);
    this.requests.push(`${request.method} ${url.pathname} ${entry.key} ${from === undefined ? 200 : 206}`);
    response.writeHead(from === undefined ? 200 : 206, {
      ...azure,
      'content-length': part.byteLength,
      'content-type': 'application/octet-stream',
      ...(from === undefined
        ? {}
        : { 'content-range': `bytes ${from}-${Number(from) + part.byteLength - 1}/${entry.body.byteLength}` }),
    });
    return response.end(request.method === 'HEAD' ? undefined : part);
  }

  #rest(request: IncomingMessage, url: URL, send: (status: number, value?: unknown) => unknown): unknown {
    const id = /\/actions\/caches\/(\d+)$/.exec(url.pathname)?.[1];
    if (request.method === 'DELETE') {
      const index = this.entries.findIndex((entry) => entry.id === Number(id));
      if (index < 0) return send(404, { message: 'Not Found' });
      this.entries.splice(index, 1);
      return send(204);
    }
    const [prefix, ref] = [url.searchParams.get('key') ?? '', url.searchParams.get('ref')];
    const found = this.entries.filter((e) => e.done && e.key.startsWith(prefix) && (!ref || e.scope === ref));
    return send(200, {
      total_count: found.length,
      actions_caches: found.map((e) => ({
        id: e.id,
        key: e.key,
        ref: e.scope,
        version: e.version,
        size_in_bytes: e.body.byteLength,
        created_at: new Date(e.created).toISOString(),
        last_accessed_at: new Date(e.used).toISOString(),
      })),
    });
  }

  #reserve(key: string, version: string, scopes: CacheScopes): CacheEntry | 'exists' | 'denied' {
    const own = scopes.find(([, permission]) => permission & 2);
    if (own === undefined) return 'denied';
    if (this.entries.some((e) => e.key === key && e.version === version && e.scope === own[0])) return 'exists';
    const now = Date.now();
    const entry = {
      id: ++this.#count,
      key,
      version,
      scope: own[0],
      body: Buffer.alloc(0),
      done: false,
      created: now,
      used: now,
    };
    this.entries.push(entry);
    return entry;
  }

  /** In each ref in turn: the key itself, then what begins with one of the keys, the newest first. */
  #find(keys: readonly string[], version: string, scopes: CacheScopes): CacheEntry | undefined {
    for (const [ref, permission] of scopes) {
      if (!(permission & 1)) continue;
      const there = this.entries.filter((e) => e.done && e.scope === ref && e.version === version).reverse();
      const found =
        there.find((e) => e.key === keys[0]) ??
        keys.map((key) => there.find((e) => e.key.startsWith(key))).find((e) => e !== undefined);
      if (found !== undefined) {
        found.used = Date.now();
        return found;
      }
    }
    return undefined;
  }
}

function scopesOf(authorization: string | undefined): CacheScopes | undefined {
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return undefined;
  const { ac } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { ac: string };
  return (JSON.parse(ac) as { Scope: string; Permission: 1 | 2 | 3 }[]).map(({ Scope, Permission }) => [
    Scope,
    Permission,
  ]);
}
