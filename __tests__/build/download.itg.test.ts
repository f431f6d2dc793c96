import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Builder } from './builder.ts';

const builder = await Builder.open('download');
const servers: Server[] = [];
/** What the servers were asked and answered. */
let log: string[] = [];
let content = 'one';
let host = '';
let other = '';

beforeAll(async () => {
  host = await serve((request) => {
    if (request.url === '/secret') {
      if (request.headers.authorization !== 'Bearer t0ken') return { status: 401 };
      return { status: 200, body: 'for friends' };
    }
    if (request.url === '/basic')
      return { status: request.headers.authorization === 'Basic dTpw' ? 200 : 401, body: 'basic' };
    if (request.url === '/away') return { status: 302, headers: { location: `http://${other}/seen` } };
    const etag = `"${content}"`;
    return request.headers['if-none-match'] === etag
      ? { status: 304 }
      : { status: 200, headers: { etag }, body: content };
  });
  other = await serve((request) => ({ status: 200, body: request.headers.authorization ?? 'no credentials' }));
});

afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

beforeEach(() => {
  log = [];
  content = 'one';
});

/** A file of the result's last layer. */
async function text(name: string): Promise<string> {
  return (await builder.files(1))[name] ?? 'no such file';
}

type Answer = { status: number; headers?: Record<string, string>; body?: string };

async function serve(answer: (request: IncomingMessage) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    const { status, headers = {}, body = '' } = answer(request);
    log.push(`${request.url} ${status}`);
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

describe('ADD of a URL', () => {
  test('asks whether it changed, and is downloaded only when it did', async () => {
    const dockerfile = `FROM busybox\nADD http://${host}/file /file\n`;
    await builder.ok(dockerfile);
    const again = await builder.ok(dockerfile);
    expect(again.log).toMatch(/ADD http.*\n#\d+ CACHED/);
    content = 'two';
    expect((await builder.ok(dockerfile)).log).not.toMatch(/ADD http.*\n#\d+ CACHED/);
    expect(log).toEqual(['/file 200', '/file 304', '/file 200']);
    expect(await text('file')).toBe('two');
  });

  test('that did not change, in a step that has to be made again, is downloaded for that', async () => {
    await builder.ok(`FROM busybox\nADD http://${host}/again /file\n`);
    await builder.ok(`FROM busybox\nADD http://${host}/again /elsewhere\n`);
    expect(log).toEqual(['/again 200', '/again 304', '/again 200']);
    expect(await text('elsewhere')).toBe('one');
  });

  test.each<[string, string, string]>([
    ['a Bearer token', 'HTTP_AUTH_TOKEN', '/secret'],
    ['a whole header', 'HTTP_AUTH_HEADER', '/basic'],
  ])('is got with %s from a secret, of which nothing is kept', async (_what, id, path) => {
    const value = id === 'HTTP_AUTH_TOKEN' ? 't0ken' : 'Basic dTpw';
    const dockerfile = `FROM busybox\nADD http://${host}${path} /got\n`;
    expect(await builder.fails(dockerfile)).toContain('the server answered 401, expected 200');
    const built = await builder.ok(dockerfile, {
      args: ['--secret', `id=${id}_${host},env=IT`],
      env: { IT: `${value}\n` },
    });
    expect(built.log).not.toContain(value);
    expect(await text('got')).toMatch(/^(for friends|basic)$/);
    const kept = readdirSync(builder.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(value));
    expect(kept.map((entry) => entry.name)).toEqual([]);
  });

  test('does not take its credentials along to another host', async () => {
    const args = ['--secret', `id=HTTP_AUTH_TOKEN_${host},env=IT`];
    await builder.ok(`FROM busybox\nADD http://${host}/away /got\n`, { args, env: { IT: 't0ken' } });
    expect(await text('got')).toBe('no credentials');
  });
});
