import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { ApiError } from './error.ts';
import type { Route } from './route.ts';

/** One request, its path already understood. */
export interface Call<R extends Route = Route> {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  route: R;
}

/** The digest that was asked for. */
export function digestOf(text: string): Digest {
  if (!isDigest(text)) throw new ApiError('DIGEST_INVALID', `"${text.slice(0, 200)}" is not a digest`);
  return text;
}

/** Content-Length; 0 without a body, undefined when the body comes in chunks. */
export function lengthOf(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? (request.headers['transfer-encoding'] === undefined ? 0 : undefined) : Number(header);
}

/** Content-Type without its parameters. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]!.trim();
}

/** A whole body of at most `limit` bytes. */
export async function readWhole(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new ApiError('MANIFEST_INVALID', `a manifest larger than ${limit} bytes`, { status: 413 });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
