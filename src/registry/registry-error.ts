import { ContainerizeError } from '../errors.ts';
import { discard, type HttpResponse, readBody, redactUrl } from '../http.ts';

/** What can go wrong with a registry, its answers and its credentials. */
export class RegistryError extends ContainerizeError<
  | 'unauthorized'
  | 'denied'
  | 'not-found'
  | 'rate-limited'
  | 'server-error'
  | 'refused'
  | 'unsupported'
  | 'invalid-answer'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'truncated'
  | 'too-large'
  | 'no-such-platform'
  | 'not-in-store'
  | 'disk-full'
  | 'upload-failed'
  | 'credential-helper'
  | 'invalid-config'
  | 'login-failed'
> {
  /** Status of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(
    code: RegistryError['code'],
    message: string,
    options: { cause?: unknown; hint?: string | undefined; status?: number } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
  }
}

/** Longest error body that is read. */
const MAX_ERROR_BODY = 64 * 1024;

/**
 * The error for an answer of the wrong status: the deed, the address without secrets, and the registry's own words
 * (distribution-spec § Error Codes). Reads the body.
 */
export async function refusal(response: HttpResponse, method: string, registry: string): Promise<RegistryError> {
  const { status } = response;
  const said = await registryWords(response, method);
  const message = `${method} ${redactUrl(response.url)}: ${status}${said === '' ? '' : ` ${said}`}`;
  const words = said.toLowerCase();
  if (status === 401)
    return new RegistryError('unauthorized', message, { status, hint: `log in first: containerize login ${registry}` });
  if (status === 403) {
    const hint = `the user may not do this; check the name, or log in as somebody else: containerize login ${registry}`;
    return new RegistryError('denied', message, { status, hint });
  }
  if (status === 404) return new RegistryError('not-found', message, { status });
  if (status === 429) {
    return new RegistryError('rate-limited', message, {
      status,
      hint: `too many requests: wait, or log in for a higher limit: containerize login ${registry}`,
    });
  }
  if (status === 405 || words.includes('unsupported')) return new RegistryError('unsupported', message, { status });
  if (status >= 500) return new RegistryError('server-error', message, { status });
  if (words.includes('digest_invalid')) return new RegistryError('digest-mismatch', message, { status });
  return new RegistryError('refused', message, { status });
}

async function registryWords(response: HttpResponse, method: string): Promise<string> {
  if (method === 'HEAD') {
    // Empty, but its connection is free for others only when it was read.
    await discard(response.body);
    return '';
  }
  let text: string;
  try {
    text = (await readBody(response, MAX_ERROR_BODY)).toString('utf8');
  } catch {
    return '';
  }
  try {
    const { errors, message, details } = JSON.parse(text) as { errors?: unknown; message?: unknown; details?: unknown };
    if (Array.isArray(errors)) {
      return errors
        .slice(0, 5)
        .map((e: { code?: unknown; message?: unknown }) =>
          [e?.code, e?.message].filter((w) => typeof w === 'string' && w !== '').join(': '),
        )
        .filter((w) => w !== '')
        .join('; ')
        .slice(0, 1000);
    }
    const other = typeof message === 'string' ? message : details;
    return typeof other === 'string' ? other.slice(0, 500) : '';
  } catch {
    // A proxy's page of HTML tells nothing that its status does not.
    return /^\s*</.test(text) ? '' : text.trim().slice(0, 300);
  }
}
