import { createHash, createHmac } from 'node:crypto';
import type { Http } from '../http.ts';
import { ActionError } from './error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A registry of Amazon's: private ones have an account and a region in their name. */
export interface EcrRegistry {
  account?: string;
  region: string;
  public: boolean;
  /** `amazonaws.com`, `amazonaws.com.cn`, … */
  suffix: string;
}

/** What a registry's name says; undefined when it is not Amazon's. */
export function ecrRegistryOf(registry: string): EcrRegistry | undefined {
  if (/^public\.ecr\.aws$|^ecr-public\.aws\.com$/.test(registry))
    return { region: 'us-east-1', public: true, suffix: 'amazonaws.com' };
  const match =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/.exec(
      registry,
    );
  if (match === null) return undefined;
  const china = match[3]!.endsWith('.cn');
  return { account: match[1]!, region: match[2]!, public: false, suffix: china ? 'amazonaws.com.cn' : 'amazonaws.com' };
}

interface AwsKeys {
  id: string;
  secret: string;
  session?: string;
}

/** The keys that `aws-actions/configure-aws-credentials` leaves, unless the inputs name some. */
export function awsKeys(env: Env, username: string | undefined, password: string | undefined): AwsKeys | undefined {
  if (username && password) return { id: username, secret: password };
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env;
  return id && secret ? { id, secret, ...(session ? { session } : {}) } : undefined;
}

/** Trades AWS keys for a user name and password of the registry; they hold for twelve hours. */
export async function ecrLogin(
  http: Http,
  registry: EcrRegistry,
  keys: AwsKeys,
  options: { env: Env; now: Date; signal?: AbortSignal },
): Promise<{ username: string; password: string }> {
  const service = registry.public ? 'ecr-public' : 'ecr';
  const host = registry.public
    ? `api.ecr-public.us-east-1.${registry.suffix}`
    : `api.ecr.${registry.region}.${registry.suffix}`;
  const { env, now, signal } = options;
  // as the AWS tools: for tests, and for private endpoints
  const url = new URL(
    env[`AWS_ENDPOINT_URL_${registry.public ? 'ECR_PUBLIC' : 'ECR'}`] || env.AWS_ENDPOINT_URL || `https://${host}/`,
  );
  const body = registry.public ? '{}' : JSON.stringify({ registryIds: [registry.account] });
  const headers = signed(
    {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': registry.public
        ? 'SpencerFrontendService.GetAuthorizationToken'
        : 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
      ...(keys.session === undefined ? {} : { 'x-amz-security-token': keys.session }),
    },
    { body, keys, now, region: registry.region, service },
  );
  const response = await http.request({
    url,
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    ...(signal ? { signal } : {}),
  });
  const text = await readAll(response.body);
  if (response.status !== 200)
    throw new ActionError(
      'login-failed',
      `AWS answered ${response.status} to GetAuthorizationToken: ${reasonOf(text)}`,
      {
        hint: 'the role needs ecr:GetAuthorizationToken (for public.ecr.aws: ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken)',
      },
    );
  const answer = JSON.parse(text) as {
    authorizationData?: { authorizationToken?: string } | { authorizationToken?: string }[];
  };
  const data = Array.isArray(answer.authorizationData) ? answer.authorizationData[0] : answer.authorizationData;
  const [username, ...password] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString('utf8')
    .split(':');
  if (!username || password.length === 0)
    throw new ActionError('login-failed', 'AWS gave no token to GetAuthorizationToken');
  return { username, password: password.join(':') };
}

/** Signature version 4 of a POST to `/` without a query. */
export function signed(
  headers: Readonly<Record<string, string>>,
  options: { body: string; keys: AwsKeys; now: Date; region: string; service: string },
): Record<string, string> {
  const { body, keys, now, region, service } = options;
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const all: Record<string, string> = { ...headers, 'x-amz-date': stamp };
  const names = Object.keys(all).sort();
  const canonical = [
    'POST',
    '/',
    '',
    ...names.map((n) => `${n}:${all[n]!.trim()}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (k, part) => hmac(k, part),
    `AWS4${keys.secret}`,
  );
  const signature = hmac(key, text).toString('hex');
  const { host: _, ...sent } = all;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** `{"__type":"AccessDeniedException","message":"…"}` */
function reasonOf(text: string): string {
  try {
    const { __type: type, message, Message } = JSON.parse(text) as Record<string, string | undefined>;
    return `${type?.split('#').pop() ?? ''} ${message ?? Message ?? ''}`.trim().slice(0, 300);
  } catch {
    return text.slice(0, 200);
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
