import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { retryAfterMs } from '../src/http/retry.ts';
import { Http, HttpError, type HttpOptions, readBody } from '../src/http.ts';
import { sendForEver } from './helpers/fault-proxy.ts';
import { makeScratch } from './helpers/make-scratch.ts';

const servers: Server[] = [];
const clients: Http[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

async function listen(server: Server, scheme = 'http'): Promise<string> {
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function client(options: HttpOptions = {}): Http {
  const http = new Http({ baseDelayMs: 1, maxDelayMs: 5, ...options });
  clients.push(http);
  return http;
}

async function text(http: Http, request: Parameters<Http['request']>[0]): Promise<string> {
  return (await readBody(await http.request(request), 1 << 20)).toString();
}

describe('repetition', () => {
  test('an answer that says "busy" is asked for again, other refusals are not', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests++;
      response.writeHead(request.url === '/denied' ? 403 : requests < 3 ? 503 : 200).end('ok');
    });
    expect(await text(client(), { url })).toBe('ok');
    expect(requests).toBe(3);
    expect((await client().request({ url: `${url}/denied` })).status).toBe(403);
    expect(requests).toBe(4);
  });

  test('Retry-After is honoured, in seconds and as a date; a very long one is handed to the caller', async () => {
    expect(retryAfterMs('2')).toBe(2000);
    expect(retryAfterMs('Fri, 20 Nov 2026 23:00:10 GMT', Date.parse('2026-11-20T23:00:00Z'))).toBe(10_000);
    expect(retryAfterMs('soon')).toBeUndefined();
    let wait = '1';
    const url = await serve((_, response) => {
      response.writeHead(wait === '' ? 200 : 429, wait === '' ? {} : { 'retry-after': wait }).end();
      if (wait === '1') wait = '';
    });
    const pauses: number[] = [];
    const begun = Date.now();
    expect((await client().request({ url, onRetry: (_, ms) => pauses.push(ms) })).status).toBe(200);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(950);
    expect(pauses).toEqual([1000]);
    wait = '7200';
    expect((await client().request({ url })).status).toBe(429);
  });

  test('a connection that breaks is tried again, with the body from its beginning', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      if (++requests < 3) return void request.socket.resetAndDestroy();
      collect(request).then((body) => response.end(body));
    });
    let opened = 0;
    const open = (): Readable => {
      opened++;
      return Readable.from([Buffer.from('hello')]);
    };
    expect(await text(client(), { url, method: 'PUT', body: { length: 5, open } })).toBe('hello');
    expect(opened).toBe(3);
  });

  test('nothing listens: told at once, by name', async () => {
    const error = await failure(client().request({ url: 'http://127.0.0.1:1/' }));
    expect(error.code).toBe('connect-failed');
    expect(error.message).toContain('127.0.0.1:1 refuses connections');
  });

  test('a silent server ends in a timeout', async () => {
    const url = await serve(() => {});
    const error = await failure(client({ idleTimeoutMs: 50, retries: 1 }).request({ url }));
    expect(error.code).toBe('timeout');
    expect(error.message).toContain('nothing came for 0.05 s');
  });

  test('cancelling ends a request, also during a pause', async () => {
    const url = await serve((_, response) => response.writeHead(503, { 'retry-after': '60' }).end());
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 30);
    await expect(client().request({ url, signal: abort.signal })).rejects.toThrow('enough');
    const silent = await serve(() => {});
    await expect(client().request({ url: silent, signal: AbortSignal.timeout(30) })).rejects.toThrow(
      'aborted due to timeout',
    );
  });
});

describe('redirects', () => {
  test('credentials do not follow to another host, and do on the same one', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers.cookie);
      response.end('other');
    });
    const url = await serve((request, response) => {
      if (request.url === '/away') return void response.writeHead(307, { location: `${other}/x` }).end();
      if (request.url === '/here') return void response.writeHead(302, { location: '/end' }).end();
      seen.push(request.headers.authorization);
      response.end('same');
    });
    const headers = { Authorization: 'Bearer secret', cookie: 'c=1' };
    expect(await text(client(), { url: `${url}/away`, headers })).toBe('other');
    expect(await text(client(), { url: `${url}/here`, headers })).toBe('same');
    expect(seen).toEqual([undefined, undefined, 'Bearer secret']);
  });

  test('307 repeats a PUT with its body, 303 becomes a GET', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/307' || request.url === '/303')
        return void request
          .resume()
          .on('end', () => response.writeHead(Number(request.url!.slice(1)), { location: '/end' }).end());
      collect(request).then((body) => response.end(`${request.method} ${body}`));
    });
    expect(await text(client(), { url: `${url}/307`, method: 'PUT', body: 'b' })).toBe('PUT b');
    expect(await text(client(), { url: `${url}/303`, method: 'PUT', body: 'b' })).toBe('GET ');
  });

  test('a circle ends by name; another scheme is refused', async () => {
    const url = await serve((request, response) =>
      response.writeHead(302, { location: request.url === '/file' ? 'file:///etc/passwd' : '/' }).end(),
    );
    expect((await failure(client().request({ url }))).code).toBe('too-many-redirects');
    expect((await failure(client().request({ url: `${url}/file` }))).code).toBe('invalid-url');
  });
});

describe('bodies', () => {
  test('an answer longer than the limit is refused, announced or not, without being kept', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/announced') response.setHeader('content-length', 1e9);
      sendForEver(response, Buffer.alloc(65536));
    });
    for (const path of ['/announced', '/endless']) {
      expect((await failure(text(client(), { url: url + path }))).code).toBe('too-large');
    }
  });

  test('a refusal in the middle of an upload reaches the caller, and the body is given up', async () => {
    const url = await serve((_, response) => response.writeHead(413, { connection: 'close' }).end('too big'));
    const body = new Readable({ highWaterMark: 1 << 20, read: () => void body.push(Buffer.alloc(1 << 16)) });
    const answer = await client().request({ url, method: 'PUT', body: { length: 1e12, open: () => body } });
    expect(answer.status).toBe(413);
    expect((await readBody(answer, 100)).toString()).toBe('too big');
    await new Promise((next) => setTimeout(next, 20));
    expect(body.destroyed).toBe(true);
  });

  test('a body that fails to be read fails the request', async () => {
    const url = await serve((request) => request.resume());
    const open = (): Readable =>
      new Readable({
        read() {
          this.destroy(new Error('disk broke'));
        },
      });
    await expect(client().request({ url, method: 'PUT', body: { length: 10, open } })).rejects.toThrow('disk broke');
  });

  test('connections are used again', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x');
    });
    const http = client();
    for (let i = 0; i < 5; i++) await text(http, { url });
    expect(ports.size).toBe(1);
  });
});

describe('proxies', () => {
  test('plain http goes to the proxy as a whole address, with its credentials', async () => {
    const seen: string[] = [];
    const proxy = await serve((request, response) => {
      seen.push(`${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`);
      response.end('via');
    });
    const http = client({ proxy: { http: proxy.replace('//', '//u:pw@') } });
    expect(await text(http, { url: 'http://registry.test/v2/' })).toBe('via');
    expect(seen).toEqual([`http://registry.test/v2/ Basic ${Buffer.from('u:pw').toString('base64')} registry.test`]);
  });

  test('a proxy that refuses to connect is told by name', async () => {
    const server = createServer();
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    const proxy = await listen(server);
    const error = await failure(
      client({ proxy: { https: proxy }, retries: 0 }).request({ url: 'https://registry.test/' }),
    );
    expect(error.code).toBe('proxy-failed');
    expect(error.message).toContain('asks for a user and password (407)');
  });
});

describe('TLS', () => {
  let folder: string;
  let tls: { cert: string; key: string };

  beforeAll(() => {
    folder = makeScratch('http');
    const args =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=registry.test -addext subjectAltName=DNS:registry.test,IP:127.0.0.1';
    execFileSync(
      'openssl',
      [...args.split(' '), '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
      { stdio: 'ignore' },
    );
    tls = { cert: readFileSync(join(folder, 'cert.pem'), 'utf8'), key: readFileSync(join(folder, 'key.pem'), 'utf8') };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('an unknown certificate is refused with a hint, and good with its authority or when the host is insecure', async () => {
    const url = await listen(
      createTlsServer(tls, (_, response) => response.end('safe')),
      'https',
    );
    const error = await failure(client({ retries: 0 }).request({ url }));
    expect(error.code).toBe('tls-failed');
    expect(error.hint).toContain('certs.d');
    expect(await text(client({ extraCa: [tls.cert] }), { url })).toBe('safe');
    expect(await text(client({ tls: async () => ({ ca: [tls.cert] }) }), { url })).toBe('safe');
    expect(await text(client({ tls: async () => ({ insecure: true }) }), { url })).toBe('safe');
  });

  test('what the system trusts is trusted, as docker does', async () => {
    const url = await listen(
      createTlsServer(tls, (_, response) => response.end('safe')),
      'https',
    );
    const module = join(import.meta.dirname, '../src/http.ts');
    const script = `import { Http, readBody } from '${module}';
      const answer = await new Http({ retries: 0 }).request({ url: '${url}' });
      console.log(String(await readBody(answer, 10)));`;
    // Node reads the system's authorities once: a process of its own, with another system.
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: join(folder, 'cert.pem') };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    expect(stdout).toBe('safe\n');
  });

  test('a client certificate is shown to its own host only', async () => {
    const listener: RequestListener = (request, response) => {
      const socket = request.socket as Socket & { getPeerCertificate(): { subject?: { CN?: string } } };
      if (request.url === '/away') return void response.writeHead(307, { location: other }).end();
      response.end(socket.getPeerCertificate().subject?.CN ?? 'nobody');
    };
    const options = { ...tls, requestCert: true, rejectUnauthorized: false };
    const own = await listen(createTlsServer(options, listener), 'https');
    const other = await listen(createTlsServer(options, listener), 'https');
    const http = client({
      extraCa: [tls.cert],
      tls: async (host) => (own.endsWith(host) ? { cert: tls.cert, key: tls.key } : undefined),
    });
    expect(await text(http, { url: own })).toBe('registry.test');
    expect(await text(http, { url: `${own}/away` })).toBe('nobody');
  });

  test('https goes through CONNECT, end to end', async () => {
    const url = await listen(
      createTlsServer(tls, (request, response) =>
        response.end(`${request.headers.host} ${request.headers['proxy-authorization']}`),
      ),
      'https',
    );
    const seen: string[] = [];
    const server = createServer();
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      seen.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const upstream = connect(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
    });
    const proxy = await listen(server);
    const http = client({ proxy: { https: proxy.replace('//', '//u:pw@') }, extraCa: [tls.cert] });
    expect(await text(http, { url: 'https://registry.test/v2/' })).toBe('registry.test undefined');
    expect(await text(http, { url: 'https://registry.test/v2/' })).toBe('registry.test undefined');
    // One tunnel, used twice.
    expect(seen).toEqual([`registry.test:443 Basic ${Buffer.from('u:pw').toString('base64')}`]);
  });
});

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function failure(work: Promise<unknown>): Promise<HttpError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}
