import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ecrRegistryOf, signed } from '../../src/action/ecr.ts';
import { type LoginSurroundings, logIn } from '../../src/action/login.ts';
import { loginsOf } from '../../src/action/logins.ts';
import { Http } from '../../src/http.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('login');
const given = (inputs: Partial<Parameters<typeof loginsOf>[0]>) => loginsOf({ ecr: 'auto', logout: true, ...inputs });
const basic = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });

async function surroundings(more: Partial<LoginSurroundings> = {}, earlier?: unknown) {
  const temp = await mkdtemp(join(scratch, 'temp-'));
  const dockerConfig = join(temp, 'earlier');
  await mkdir(dockerConfig);
  if (earlier !== undefined)
    await writeFile(join(dockerConfig, 'config.json'), typeof earlier === 'string' ? earlier : JSON.stringify(earlier));
  const masked: string[] = [];
  const warnings: string[] = [];
  const around: LoginSurroundings = {
    env: {},
    temp,
    dockerConfig,
    mask: (secret) => masked.push(secret),
    say: () => {},
    warn: (message) => warnings.push(message),
    http: async () => new Http({ retries: 0 }),
    now: new Date('2015-08-30T12:36:00Z'),
    signal: new AbortController().signal,
    ...more,
  };
  return { around, masked, warnings };
}

async function configOf(folder: string) {
  const file = join(folder, 'config.json');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  return JSON.parse(await readFile(file, 'utf8'));
}

describe('logins', () => {
  test('of one registry, Docker Hub by default', () => {
    expect(given({ username: 'u', password: 'p' })).toEqual([
      { registry: 'docker.io', username: 'u', password: 'p', ecr: 'auto' },
    ]);
    expect(given({ registry: 'https://ghcr.io/', username: 'u', password: 'p' })[0]!.registry).toBe('ghcr.io');
    expect(given({})).toEqual([]);
  });

  test('of several registries', () => {
    const registryAuth = '- registry: ghcr.io\n  username: u\n  password: 12345\n- registry: public.ecr.aws\n';
    expect(given({ registryAuth })).toEqual([
      { registry: 'ghcr.io', username: 'u', password: '12345', ecr: 'auto' },
      { registry: 'public.ecr.aws', ecr: 'auto' },
    ]);
  });

  test.each([
    [{ username: 'u' }, /input password: missing, for docker.io/],
    [
      { registryAuth: '- registry: ghcr.io\n  usernam: hunter2\n' },
      /line 1: unknown key "usernam" \(did you mean username\?\)/,
    ],
    [{ registryAuth: 'password: hunter2' }, /input registry-auth: expected a list/],
    [{ registryAuth: '- registry: [hunter2' }, /input registry-auth line \d: this is not YAML/],
    [{ registryAuth: '- registry: ghcr.io', registry: 'x' }, /cannot be given together/],
  ])('%j is refused, and no password shown', (inputs, message) => {
    expect(() => given(inputs)).toThrow(message);
    expect(() => given(inputs)).not.toThrow(/hunter2/);
  });
});

describe('logging in', () => {
  test('keeps what earlier steps left, and puts its own on top, in a private folder', async () => {
    const { around, masked } = await surroundings(
      {},
      {
        auths: { 'ghcr.io': basic('old', 'old'), 'quay.io': basic('q', 'q') },
        credHelpers: { 'gcr.io': 'gcloud' },
        proxies: { default: {} },
      },
    );
    const config = await configOf(
      await logIn(given({ registry: 'ghcr.io', username: 'u', password: 'secret-password' }), around),
    );
    expect(config.auths).toEqual({ 'quay.io': basic('q', 'q'), 'ghcr.io': basic('u', 'secret-password') });
    expect(config.credHelpers).toEqual({ 'gcr.io': 'gcloud' });
    expect(config.proxies).toEqual({ default: {} });
    expect(masked).toEqual(expect.arrayContaining(['secret-password', basic('u', 'secret-password').auth]));
  });

  test('takes the job’s token for ghcr.io, unless somebody logged in there', async () => {
    const token = { githubToken: 'ghs_token', actor: 'octocat' };
    const first = await surroundings(token);
    expect((await configOf(await logIn([], first.around))).auths).toEqual({ 'ghcr.io': basic('octocat', 'ghs_token') });
    const second = await surroundings(token, { auths: { 'ghcr.io': basic('pat', 'pat') } });
    expect((await configOf(await logIn([], second.around))).auths).toEqual({ 'ghcr.io': basic('pat', 'pat') });
    const elsewhere = await surroundings({ ...token, env: { GITHUB_SERVER_URL: 'https://git.example' } });
    expect((await configOf(await logIn([], elsewhere.around))).auths).toEqual({});
  });

  test('a store of credentials keeps serving the registries it knows, and not those of this step', async () => {
    const { around } = await surroundings({}, { auths: { 'quay.io': {}, 'ghcr.io': {} }, credsStore: 'desktop' });
    const config = await configOf(await logIn(given({ registry: 'ghcr.io', username: 'u', password: 'p123' }), around));
    expect(config.credsStore).toBeUndefined();
    expect(config.credHelpers).toEqual({ 'quay.io': 'desktop' });
    expect(config.auths['ghcr.io']).toEqual(basic('u', 'p123'));
  });

  test('a damaged configuration is a warning that quotes nothing of it', async () => {
    const { around, warnings } = await surroundings({}, '{"auths": {"x": {"auth": "hunter2"}');
    await logIn([], around);
    expect(warnings[0]).toMatch(/is not JSON/);
    expect(warnings[0]).not.toMatch(/hunter2/);
  });
});

describe('ECR', () => {
  test('registries are told by their names', () => {
    expect(ecrRegistryOf('123456789012.dkr.ecr.eu-west-1.amazonaws.com')).toMatchObject({
      account: '123456789012',
      region: 'eu-west-1',
      public: false,
    });
    expect(ecrRegistryOf('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn')?.suffix).toBe('amazonaws.com.cn');
    expect(ecrRegistryOf('public.ecr.aws')?.public).toBe(true);
    expect(ecrRegistryOf('ghcr.io')).toBeUndefined();
  });

  test('requests are signed as AWS wants', () => {
    const keys = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    // AWS's published test case post-vanilla
    const headers = signed(
      { host: 'example.amazonaws.com' },
      { body: '', keys, now: new Date('2015-08-30T12:36:00Z'), region: 'us-east-1', service: 'service' },
    );
    expect(headers.authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    );
  });

  test('AWS keys are traded for a password, and both are masked', async () => {
    const seen: { target: unknown; body: string; authorization: unknown }[] = [];
    let status = 200;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ target: request.headers['x-amz-target'], body, authorization: request.headers.authorization });
        response.statusCode = status;
        response.end(
          status === 200
            ? JSON.stringify({
                authorizationData: [{ authorizationToken: Buffer.from('AWS:ecr:password').toString('base64') }],
              })
            : JSON.stringify({ __type: 'com.amazon#AccessDeniedException', message: 'no' }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
      const env = {
        AWS_ACCESS_KEY_ID: 'AKID',
        AWS_SECRET_ACCESS_KEY: 'aws-secret',
        AWS_SESSION_TOKEN: 'session-token',
        AWS_ENDPOINT_URL_ECR: url,
      };
      const { around, masked } = await surroundings({ env });
      const config = await configOf(await logIn(given({ registry }), around));
      expect(config.auths[registry]).toEqual(basic('AWS', 'ecr:password'));
      expect(masked).toEqual(expect.arrayContaining(['aws-secret', 'session-token', 'ecr:password']));
      expect(seen[0]).toMatchObject({
        target: 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
        body: '{"registryIds":["123456789012"]}',
      });
      status = 400;
      await expect(logIn(given({ registry }), around)).rejects.toThrow(/AWS answered 400 .*AccessDeniedException no/);
      await expect(logIn(given({ registry }), { ...around, env: {} })).rejects.toThrow(/there are no AWS keys/);
    } finally {
      server.close();
    }
  });
});
