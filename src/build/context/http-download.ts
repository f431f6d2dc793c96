import type { Http } from '../../http.ts';
import type { Download, Validators } from './download.ts';
import { CopyError } from './error.ts';

/** Downloads of ADD by the one HTTP client: proxies, authorities and redirects as everywhere. */
export function httpDownload(http: Http): Download {
  return async (url, { signal, headers: extra, validators }) => {
    // What is digested must be the file's own bytes.
    const headers = { ...extra, ...conditions(validators), 'accept-encoding': 'identity' };
    const { status, headers: answer, body } = await http.request({ url, signal, headers });
    if (status === 304 && validators !== undefined) {
      body.destroy();
      return 'not-modified';
    }
    if (status !== 200) {
      body.destroy();
      throw new CopyError('download-failed', `the server answered ${status}, expected 200`);
    }
    const size = Number(answer['content-length']);
    const modified = Date.parse(answer['last-modified'] ?? '');
    return {
      body,
      validators: { etag: answer.etag, lastModified: answer['last-modified'] },
      size: Number.isSafeInteger(size) ? size : undefined,
      lastModified: Number.isNaN(modified) ? undefined : new Date(modified),
      fileName: dispositionName(answer['content-disposition']),
    };
  };
}

/** An ETag says more than a time, which has whole seconds only; both together are RFC 9110's advice. */
function conditions({ etag, lastModified }: Validators = {}): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

/** `attachment; filename="x.tar.gz"`, `filename*=UTF-8''x` (RFC 6266). */
export function dispositionName(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended.trim());
    } catch {
      // The plain form below may be better.
    }
  }
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1];
  return quoted?.replace(/\\(.)/g, '$1') ?? /;\s*filename\s*=\s*([^;\s"]+)/i.exec(header)?.[1];
}
