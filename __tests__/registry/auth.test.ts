import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RegistryClient } from '../../src/registry/client.ts';
import type { Credential } from '../../src/registry/credentials.ts';
import { registryClient } from '../helpers/registry-client.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(
  listener: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    listener(request, response, body);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface TokenServer {
  host: string;
  /** `GET authorization scopes` or `POST form`. */
  asked: string[];
  /** Tokens that are good at the moment. */
  good: Set<string>;
  answer: (request: IncomingMessage, body: string, n: number) => { status?: number; json: unknown };
}

/** A registry that wants bearer tokens, and its token server. */
async function bearerRegistry(options: { challenge?: (realm: string) => string } = {}): Promise<TokenServer> {
  const state: TokenServer = {
    host: '',
    asked: [],
    good: new Set(),
    answer: (_, __, n) => ({ json: { token: `t${n}`, expires_in: 300 } }),
  };
  const auth = await serve((request, response, body) => {
    const url = new URL(request.url!, 'http://x');
    state.asked.push(
      request.method === 'POST'
        ? `POST ${body}`
        : `GET ${request.headers.authorization ?? '-'} ${url.searchParams.getAll('scope').join(' ')}`,
    );
    const { status, json } = state.answer(request, body, state.asked.length);
    const { token, access_token } = json as { token?: string; access_token?: string };
    state.good.add(token ?? access_token ?? '');
    response.writeHead(status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  const realm = `http://${auth}/token`;
  state.host = await serve((request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !state.good.has(token)) {
      response
        .writeHead(401, { 'www-authenticate': options.challenge?.(realm) ?? `Bearer realm="${realm}",service="reg"` })
        .end('{}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: 'a', tags: ['t'] }));
  });
  return state;
}

const as = (credential: Credential | undefined): RegistryClient =>
  registryClient({ credentials: { get: async () => credential } });

async function tags(client: RegistryClient, host: string, repository = 'a'): Promise<string[]> {
  const found: string[] = [];
  for await (const tag of client.repository({ registry: host, repository }).tags()) found.push(tag);
  return found;
}

describe('bearer tokens', () => {
  test('are fetched with user and password for the scope that is needed, and used again', async () => {
    const registry = await bearerRegistry();
    const client = as({ username: 'u', password: 'p' });
    expect(await tags(client, registry.host)).toEqual(['t']);
    expect(await tags(client, registry.host)).toEqual(['t']);
    expect(registry.asked).toEqual([`GET Basic ${Buffer.from('u:p').toString('base64')} repository:a:pull`]);
  });

  test('are fetched without a name where nobody is logged in', async () => {
    const registry = await bearerRegistry();
    await tags(as(undefined), registry.host);
    expect(registry.asked).toEqual(['GET - repository:a:pull']);
  });

  test('are fetched once for equal requests at one time, and apart for other repositories', async () => {
    const registry = await bearerRegistry();
    const client = as(undefined);
    await Promise.all([tags(client, registry.host), tags(client, registry.host), tags(client, registry.host, 'b')]);
    expect([...registry.asked].sort()).toEqual(['GET - repository:a:pull', 'GET - repository:b:pull']);
  });

  test('are renewed when they ran out, and when the registry refuses them', async () => {
    const registry = await bearerRegistry();
    registry.answer = (_, __, n) => ({ json: { access_token: `t${n}`, expires_in: 1 } });
    const client = as(undefined);
    await tags(client, registry.host);
    await tags(client, registry.host);
    expect(registry.asked).toHaveLength(2);
    registry.answer = (_, __, n) => ({ json: { token: `t${n}` } });
    await tags(client, registry.host);
    registry.good.clear();
    await tags(client, registry.host);
    expect(registry.asked).toHaveLength(4);
  });

  test('an identity token is exchanged by POST, with its secret in the body', async () => {
    const registry = await bearerRegistry();
    await tags(as({ username: '', password: '', identityToken: 'refresh/1' }), registry.host);
    expect(registry.asked).toEqual([
      'POST grant_type=refresh_token&refresh_token=refresh%2F1&service=reg&client_id=containerize&scope=repository%3Aa%3Apull',
    ]);
  });

  test('a token server without GET is asked by POST', async () => {
    const registry = await bearerRegistry();
    registry.answer = (request, _, n) =>
      request.method === 'GET' ? { status: 405, json: {} } : { json: { access_token: `t${n}` } };
    await tags(as({ username: 'u', password: 'p' }), registry.host);
    expect(registry.asked[1]).toContain('POST grant_type=password&username=u&password=p');
  });

  test('of several schemes the bearer is taken; scopes that the registry adds are asked for', async () => {
    const registry = await bearerRegistry({
      challenge: (realm) =>
        `Basic realm="x", Bearer realm="${realm}",service="reg",scope="repository:a:pull repository:base:pull"`,
    });
    await tags(as({ username: 'u', password: 'p' }), registry.host);
    expect(registry.asked[0]).toContain('repository:a:pull');
  });

  test('a wrong password is told with what to do, and without the password', async () => {
    const registry = await bearerRegistry();
    registry.answer = () => ({ status: 401, json: { details: 'incorrect username or password' } });
    const error = await tags(as({ username: 'u', password: 'topsecret' }), registry.host).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: 'unauthorized',
      hint: 'check user name and password, and whether the token is still valid',
    });
    expect(String(error)).toContain('incorrect username or password');
    expect(String(error)).not.toContain('topsecret');
  });

  test.each([
    ['{}', {}, 'the answer holds no token'],
    ['a token with a newline', { token: 'x\r\nHost: evil' }, 'the answer holds no token'],
  ])('%s is no token', async (_, json, message) => {
    const registry = await bearerRegistry();
    registry.answer = () => ({ json });
    await expect(tags(as(undefined), registry.host)).rejects.toThrow(message);
  });

  test('a registry that names no token server is refused', async () => {
    const registry = await bearerRegistry({ challenge: () => 'Bearer service="x"' });
    await expect(tags(as(undefined), registry.host)).rejects.toThrow('asks for a token but names no token server');
  });
});

describe('basic', () => {
  const right = `Basic ${Buffer.from('u:p').toString('base64')}`;
  const basicRegistry = (): Promise<string> =>
    serve((request, response) => {
      if (request.headers.authorization !== right)
        response
          .writeHead(401, { 'www-authenticate': 'Basic realm="r"' })
          .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      else response.writeHead(200).end('{"tags":["t"]}');
    });

  test('user and password are sent', async () => {
    expect(await tags(as({ username: 'u', password: 'p' }), await basicRegistry())).toEqual(['t']);
  });

  test('without them the refusal says how to log in', async () => {
    const host = await basicRegistry();
    await expect(tags(as(undefined), host)).rejects.toMatchObject({
      code: 'unauthorized',
      hint: `log in first: containerize login ${host}`,
    });
  });

  test('login checks them', async () => {
    const host = await basicRegistry();
    await as({ username: 'u', password: 'p' }).checkLogin(host);
    await expect(as({ username: 'u', password: 'x' }).checkLogin(host)).rejects.toMatchObject({ code: 'login-failed' });
  });
});

test('a list goes on page by page, on the same server only', async () => {
  const stranger = await serve((_, response) => response.end('{"tags":["stolen"]}'));
  const host = await serve((request, response) => {
    const page = new URL(request.url!, 'http://x').searchParams.get('last');
    if (page === null)
      response.writeHead(200, { link: '</v2/a/tags/list?n=1&last=1>; rel="next"' }).end('{"tags":["1"]}');
    else
      response.writeHead(200, { link: `<http://${stranger}/v2/a/tags/list?last=9>; rel="next"` }).end('{"tags":["2"]}');
  });
  expect(await tags(as(undefined), host)).toEqual(['1', '2']);
});
