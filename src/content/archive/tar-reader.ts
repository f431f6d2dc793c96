import { Readable } from 'node:stream';
import { ArchiveError } from './archive-error.ts';
import { ByteReader } from './byte-reader.ts';
import { BLOCK, type EntryType, isHeader, padding, type TarHeader } from './tar-header.ts';

export interface TarEntry extends TarHeader {
  /** The content. What is not read by the time the next entry is asked for is skipped. Only one entry can be read at a time. */
  body: Readable;
}

/** Largest pax header or GNU long name that we accept, in bytes. */
const MAX_EXTENSION = 1024 * 1024;

/**
 * Entries of a plain tar in their order: ustar, pax, GNU long names and base-256 numbers. Names are given as they are:
 * who writes them to a disk has to confine them. A tar that ends early is an error, one without end blocks is not.
 */
export async function* readTar(source: AsyncIterable<Buffer>, where: string): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  const globals: Record<string, string> = {};
  let local: Record<string, string> = {};
  let first = true;
  for (;;) {
    const block = await reader.read(BLOCK);
    if (block.byteLength === 0) return;
    if (block.byteLength < BLOCK)
      throw new ArchiveError(first ? 'not-a-tar' : 'truncated-archive', `${where}: ends inside a header`);
    if (block.every((byte) => byte === 0)) {
      // Two zero blocks end the archive; what follows (padding, or nothing) has to be read, so that who feeds us can finish.
      await reader.drain();
      return;
    }
    if (!isHeader(block)) {
      throw new ArchiveError(
        first ? 'not-a-tar' : 'invalid-archive',
        `${where}: ${first ? 'this is no tar archive' : 'a header has a wrong checksum'}`,
      );
    }
    first = false;
    const flag = String.fromCharCode(block[156]!);
    const announced = parseNumber(block, 124, 12, where);
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      const bytes = await extension(reader, announced, where);
      if (flag === 'x') Object.assign(local, parsePax(bytes, where));
      else if (flag === 'g') Object.assign(globals, parsePax(bytes, where));
      else local[flag === 'L' ? 'path' : 'linkpath'] = cString(bytes, 0, bytes.byteLength);
      continue;
    }
    const header = headerOf(block, flag, { ...globals, ...local }, announced, where);
    local = {};
    const content = new EntryContent(reader, header.size, `${where}: ${header.name}`);
    let body: Readable | undefined;
    yield {
      ...header,
      get body() {
        body ??= Readable.from(content, { objectMode: false, highWaterMark: 1 << 20 });
        return body;
      },
    };
    body?.destroy();
    await content.skipRest();
    await reader.skip(padding(header.size), `${where}: ${header.name}`);
  }
}

/** What is left of one entry's content in the tar. */
class EntryContent implements AsyncIterable<Buffer> {
  #left: number;
  readonly #reader: ByteReader;
  readonly #where: string;

  constructor(reader: ByteReader, size: number, where: string) {
    this.#reader = reader;
    this.#left = size;
    this.#where = where;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const chunk = await this.#reader.some(this.#left);
      if (chunk === undefined)
        throw new ArchiveError('truncated-archive', `${this.#where}: ends ${this.#left} bytes early`);
      this.#left -= chunk.byteLength;
      yield chunk;
    }
  }

  async skipRest(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    await this.#reader.skip(left, this.#where);
  }
}

async function extension(reader: ByteReader, size: number, where: string): Promise<Buffer> {
  if (size > MAX_EXTENSION)
    throw new ArchiveError(
      'invalid-archive',
      `${where}: an extended header of ${size} bytes, more than the ${MAX_EXTENSION} accepted`,
    );
  const bytes = await reader.read(size);
  if (bytes.byteLength < size) throw new ArchiveError('truncated-archive', `${where}: ends inside an extended header`);
  await reader.skip(padding(size), where);
  return bytes;
}

function headerOf(
  block: Buffer,
  flag: string,
  pax: Record<string, string>,
  announced: number,
  where: string,
): TarHeader {
  const { path, linkpath, size, uid, gid, mtime, uname, gname, ...rest } = pax;
  const type = typeOf(flag, where);
  const ustar = block.toString('latin1', 257, 262) === 'ustar';
  // GNU's magic is "ustar  ": it keeps other things where ustar has the prefix.
  const prefix = ustar && block[262] === 0 ? cString(block, 345, 155) : '';
  const name = cString(block, 0, 100);
  if (Object.keys(rest).some((key) => key.startsWith('GNU.sparse.')))
    throw new ArchiveError('unsupported-archive', `${where}: sparse files in GNU form are not supported here`);
  const full = path ?? (prefix === '' ? name : `${prefix}/${name}`);
  const contentSize = size === undefined ? announced : decimal(size, 'size', where);
  return {
    name: full,
    // Archives of the seventies mark a folder by its slash alone.
    type: type === 'file' && full.endsWith('/') ? 'directory' : type,
    // A hard link's size is said by some writers although no content follows.
    size: type === 'file' ? contentSize : 0,
    mode: parseNumber(block, 100, 8, where) & 0o7777,
    uid: uid === undefined ? parseNumber(block, 108, 8, where) : decimal(uid, 'uid', where),
    gid: gid === undefined ? parseNumber(block, 116, 8, where) : decimal(gid, 'gid', where),
    mtime: mtime === undefined ? parseNumber(block, 136, 12, where) : Number(mtime) || 0,
    linkname: linkpath ?? cString(block, 157, 100),
    uname: uname ?? (ustar ? cString(block, 265, 32) : ''),
    gname: gname ?? (ustar ? cString(block, 297, 32) : ''),
    devmajor: ustar ? parseNumber(block, 329, 8, where) : 0,
    devminor: ustar ? parseNumber(block, 337, 8, where) : 0,
    pax: rest,
  };
}

function typeOf(flag: string, where: string): EntryType {
  const types: Record<string, EntryType> = {
    '0': 'file',
    '\0': 'file',
    '7': 'file',
    '1': 'hardlink',
    '2': 'symlink',
    '3': 'char',
    '4': 'block',
    '5': 'directory',
    '6': 'fifo',
  };
  const type = types[flag];
  if (type === undefined)
    throw new ArchiveError(
      'unsupported-archive',
      `${where}: an entry of type ${JSON.stringify(flag)} is not supported here`,
    );
  return type;
}

function cString(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

function parseNumber(block: Buffer, start: number, length: number, where: string): number {
  if (block[start]! & 0x80) {
    // GNU base-256: big endian, the first bit is the mark; negative numbers (dates before 1970) start with 0xff.
    let value = block[start] === 0xff ? -1n : BigInt(block[start]! & 0x7f);
    for (let i = 1; i < length; i++) value = value * 256n + BigInt(block[start + i]!);
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new ArchiveError('invalid-archive', `${where}: a number in a header is too large`);
    return number;
  }
  const text = block
    .toString('latin1', start, start + length)
    .replace(/\0.*$/s, '')
    .trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text))
    throw new ArchiveError(
      'invalid-archive',
      `${where}: expected an octal number in a header, found ${JSON.stringify(text)}`,
    );
  return Number.parseInt(text, 8);
}

function decimal(text: string, what: string, where: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new ArchiveError(
      'invalid-archive',
      `${where}: pax record ${what}: expected a number, found ${JSON.stringify(text.slice(0, 40))}`,
    );
  return value;
}

/** `<length> <key>=<value>\n` …; the length counts the whole record. */
function parsePax(bytes: Buffer, where: string): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    const equals = bytes.indexOf(0x3d, space);
    const end = at + length;
    if (
      !Number.isSafeInteger(length) ||
      end > bytes.byteLength ||
      equals < 0 ||
      equals >= end ||
      bytes[end - 1] !== 0x0a
    ) {
      throw new ArchiveError('invalid-archive', `${where}: a pax header is damaged`);
    }
    const key = bytes.toString('utf8', space + 1, equals);
    const value = bytes.subarray(equals + 1, end - 1);
    if (key !== '__proto__') records[key] = value.toString(key.startsWith('SCHILY.xattr.') ? 'latin1' : 'utf8');
    at = end;
  }
  return records;
}
