import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../errors.ts';
import type { Task } from '../../progress.ts';
import { CopyError } from './error.ts';
import type { SourceText } from './select.ts';

/**
 * Gets a file by HTTP or HTTPS; redirects, proxies and authorities are its business. Throws for any status but 200; with
 * validators, `not-modified` says that the server would send what they stand for.
 */
export type Download = (url: string, options: DownloadOptions) => Promise<Downloading | 'not-modified'>;

export interface DownloadOptions {
  signal: AbortSignal;
  headers?: Readonly<Record<string, string>>;
  validators?: Validators;
}

/** What a server recognises one state of a file by. */
export interface Validators {
  etag?: string | undefined;
  /** As the server wrote it. */
  lastModified?: string | undefined;
}

export interface Downloading {
  validators?: Validators;
  body: Readable;
  /** Of the body, where the server said so. */
  size?: number | undefined;
  lastModified?: Date | undefined;
  /** Of Content-Disposition. */
  fileName?: string | undefined;
}

export interface Downloaded {
  folder: string;
  name: string;
  /** sha256:… */
  digest: string;
  validators: Validators;
}

export interface FetchOptions {
  /** Where the file goes. */
  folder: string;
  checksum?: SourceText | undefined;
  signal: AbortSignal;
  task?: Task | undefined;
  /** Ask only for what differs from these. */
  validators?: Validators | undefined;
}

/** Downloads into a folder, counting the digest in the same pass, and checks it when one is wanted. */
export async function fetchFile(
  source: SourceText,
  download: Download,
  options: FetchOptions,
): Promise<Downloaded | 'not-modified'> {
  const url = source.text;
  const { signal, validators } = options;
  const hash = createHash('sha256');
  let name: string;
  let found: Validators;
  try {
    const response = await download(url, { signal, ...(validators === undefined ? {} : { validators }) });
    if (response === 'not-modified') return response;
    found = response.validators ?? {};
    name = fileName(url, response.fileName);
    const path = join(options.folder, name);
    let received = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        received += chunk.length;
        options.task?.progress(received, response.size);
        yield chunk;
      }
    };
    await pipeline(response.body, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }), {
      signal: options.signal,
    });
    if (response.lastModified) await utimes(path, response.lastModified, response.lastModified);
  } catch (error) {
    options.signal.throwIfAborted();
    throw new CopyError('download-failed', `cannot download ${withoutPassword(url)}: ${messageOf(error)}`, {
      cause: error,
      location: source.location,
    });
  }
  const digest = `sha256:${hash.digest('hex')}`;
  const { checksum } = options;
  if (checksum && checksum.text !== digest) {
    throw new CopyError(
      'checksum-mismatch',
      `${withoutPassword(url)} is not what --checksum says: expected ${checksum.text}, found ${digest}`,
      {
        location: checksum.location,
        hint: 'make sure that the file is the one that you want before you change the checksum',
      },
    );
  }
  return { folder: options.folder, name, digest, validators: found };
}

/** What the file is called in a destination folder: as the server says, else the last part of the URL. */
export function fileName(url: string, disposition: string | undefined): string {
  for (const candidate of [disposition, lastPart(url)]) {
    const name = candidate?.replace(/^.*[/\\]/s, '');
    if (name && name !== '.' && name !== '..' && !name.includes('\0') && Buffer.byteLength(name) < 256) return name;
  }
  return '__unnamed__';
}

function lastPart(url: string): string | undefined {
  const { pathname } = new URL(url);
  const part = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1');
}
