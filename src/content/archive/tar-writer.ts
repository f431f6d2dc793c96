import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { BLOCK, checksum, padding, type TarHeader, TYPE_FLAGS } from './tar-header.ts';

/** What an entry is when nothing else is said: a file, 0644, root's, 1970. */
export const PLAIN_ENTRY = {
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  linkname: '',
  uname: '',
  gname: '',
  devmajor: 0,
  devminor: 0,
  pax: {},
} as const satisfies Partial<TarHeader>;

/**
 * Writes a tar to a stream, entry by entry, waiting when the stream is full. Plain ustar where it suffices, so that the
 * same entries give the same bytes everywhere; pax records only for what does not fit.
 */
export class TarWriter {
  readonly #out: Writable;
  #failure: unknown;

  constructor(out: Writable) {
    this.#out = out;
    out.once('error', (error) => {
      this.#failure = error;
    });
  }

  /** One entry. A body must give exactly `size` bytes. Default: a file, 0644, root's, 1970. */
  async add(
    header: Partial<TarHeader> & { name: string },
    body?: AsyncIterable<Uint8Array> | Uint8Array,
  ): Promise<void> {
    const content = body instanceof Uint8Array ? [body] : (body ?? []);
    const size = header.size ?? (body instanceof Uint8Array ? body.byteLength : 0);
    const type = header.type ?? 'file';
    const full: TarHeader = {
      ...PLAIN_ENTRY,
      mode: type === 'directory' ? 0o755 : 0o644,
      ...header,
      type,
      size,
    };
    await this.#write(encodeHeader(full));
    let written = 0;
    for await (const chunk of content) {
      written += chunk.byteLength;
      if (written > size) break;
      await this.#write(chunk);
    }
    if (written !== size)
      throw new Error(
        `tar entry ${header.name}: expected ${size} bytes of content, got ${written > size ? 'more' : written}`,
      );
    const rest = padding(size);
    if (rest > 0) await this.#write(Buffer.alloc(rest));
  }

  /** The end blocks, then the end of the stream. Resolves when everything was handed over. */
  async finish(): Promise<void> {
    await this.#write(Buffer.alloc(2 * BLOCK));
    await new Promise<void>((resolve, reject) => {
      this.#out.once('error', reject);
      this.#out.end(resolve);
    });
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#out.write(chunk)) await once(this.#out, 'drain');
  }
}

/** Header blocks of one entry: a pax header before it when something does not fit. */
export function encodeHeader(header: TarHeader): Buffer {
  const records: Record<string, string> = { ...header.pax };
  const place = splitName(header.name);
  if (place === undefined) records.path = header.name;
  if (Buffer.byteLength(header.linkname) > 100) records.linkpath = header.linkname;
  if (header.size > 0o77777777777) records.size = String(header.size);
  if (header.uid > 0o7777777) records.uid = String(header.uid);
  if (header.gid > 0o7777777) records.gid = String(header.gid);
  if (!Number.isInteger(header.mtime) || header.mtime < 0 || header.mtime > 0o77777777777)
    records.mtime = String(header.mtime);
  const own = encodeBlock(header, place ?? { prefix: '', name: header.name }, TYPE_FLAGS[header.type]);
  const keys = Object.keys(records).sort();
  if (keys.length === 0) return own;
  const pax = Buffer.concat(keys.map((key) => paxRecord(key, records[key]!)));
  const block = encodeBlock(
    { ...header, size: pax.byteLength, mode: 0o644, uid: 0, gid: 0, mtime: 0, linkname: '' },
    { prefix: '', name: 'PaxHeaders/entry' },
    'x',
  );
  return Buffer.concat([block, pax, Buffer.alloc(padding(pax.byteLength)), own]);
}

function encodeBlock(header: TarHeader, place: { prefix: string; name: string }, flag: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, start: number, length: number) => {
    const largest = 8 ** (length - 1) - 1;
    const fits = Number.isFinite(value) && value >= 0 && value <= largest ? Math.floor(value) : 0;
    block.write(fits.toString(8).padStart(length - 1, '0'), start, length - 1, 'latin1');
  };
  Buffer.from(place.name).copy(block, 0, 0, 100);
  number(header.mode & 0o7777, 100, 8);
  number(header.uid, 108, 8);
  number(header.gid, 116, 8);
  number(header.size, 124, 12);
  number(header.mtime, 136, 12);
  block.write(flag, 156, 1, 'latin1');
  Buffer.from(header.linkname).copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 8, 'latin1');
  Buffer.from(header.uname).copy(block, 265, 0, 31);
  Buffer.from(header.gname).copy(block, 297, 0, 31);
  number(header.devmajor, 329, 8);
  number(header.devminor, 337, 8);
  Buffer.from(place.prefix).copy(block, 345, 0, 155);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** Splits at a slash into at most 155 and 100 bytes; undefined when no slash allows it. */
function splitName(name: string): { prefix: string; name: string } | undefined {
  const bytes = Buffer.from(name);
  if (bytes.byteLength <= 100) return { prefix: '', name };
  const slash = bytes.indexOf(0x2f, bytes.byteLength - 101);
  if (slash <= 0 || slash > 155 || slash >= bytes.byteLength - 1) return undefined;
  return { prefix: bytes.toString('utf8', 0, slash), name: bytes.toString('utf8', slash + 1) };
}

/** The record's length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const bytes = Buffer.from(value, key.startsWith('SCHILY.xattr.') ? 'latin1' : 'utf8');
  const rest = Buffer.byteLength(key) + bytes.byteLength + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), bytes, Buffer.from('\n')]);
}
