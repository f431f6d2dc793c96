import type { ServerResponse } from 'node:http';
import type { Digest } from '../../oci/digest.ts';
import type { Call } from './call.ts';
import { ApiError } from './error.ts';

/** 201: the blob is there now. */
export function created(response: ServerResponse, repository: string, digest: Digest): void {
  response
    .writeHead(201, {
      location: `/v2/${repository}/blobs/${digest}`,
      'docker-content-digest': digest,
      'content-length': 0,
    })
    .end();
}

/** 202: the upload goes on. */
export function accepted(response: ServerResponse, repository: string, id: string, size: number): void {
  response.writeHead(202, { ...uploadHeaders(repository, id, size), 'content-length': 0 }).end();
}

/** Where the upload is and what has arrived of it. */
export function uploadHeaders(repository: string, id: string, size: number): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': id,
    'oci-chunk-min-length': '1',
  };
}

/** A page of a sorted list: `n` entries after `last`, and a Link to the next page. */
export function list(call: Call, field: string, all: string[], more: object = {}): void {
  const last = call.query.get('last') ?? '';
  const n = call.query.get('n');
  if (n !== null && !/^\d{1,9}$/.test(n))
    throw new ApiError('PAGINATION_NUMBER_INVALID', `expected n to be a number, found "${n.slice(0, 50)}"`);
  const after = last === '' ? all : all.filter((name) => name > last);
  const page = n === null ? after : after.slice(0, Number(n));
  const next =
    n !== null && page.length > 0 && page.length < after.length
      ? `<${call.request.url!.split('?')[0]}?n=${n}&last=${encodeURIComponent(page.at(-1)!)}>; rel="next"`
      : undefined;
  json(call, 200, { ...more, [field]: page }, next === undefined ? {} : { link: next });
}

/** A whole JSON answer; only its head for HEAD. */
export function json(
  call: Pick<Call, 'request' | 'response'>,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  call.response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers });
  call.response.end(call.request.method === 'HEAD' ? undefined : body);
}
