import { checksum } from '../../src/content/archive/tar-header.ts';

/** One entry of a hand-made archive: anything may be wrong in it. */
export interface RawEntry {
  name: string | Buffer;
  /** Type flag; default '0'. */
  type?: string;
  content?: Buffer | string;
  /** Instead of the content's length. */
  size?: number | Buffer;
  mode?: number;
  uid?: number | Buffer;
  gid?: number | Buffer;
  mtime?: number | Buffer;
  link?: string;
  major?: number;
  minor?: number;
  prefix?: string;
  magic?: string;
  /** Changes the header before its checksum is made. */
  edit?: (header: Buffer) => void;
  /** Instead of the right one. */
  checksum?: number;
}

const BLOCK = 512;

/** An archive of these entries, with its end blocks unless `end` says otherwise. */
export function rawTar(entries: readonly (RawEntry | Buffer)[], options: { end?: boolean } = {}): Buffer {
  const parts = entries.map((entry) => (Buffer.isBuffer(entry) ? entry : rawEntry(entry)));
  if (options.end !== false) parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

export function rawEntry(entry: RawEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  const content = Buffer.from(entry.content ?? '');
  put(header, 0, 100, entry.name);
  number(header, 100, 8, entry.mode ?? 0o644);
  number(header, 108, 8, entry.uid ?? 0);
  number(header, 116, 8, entry.gid ?? 0);
  number(header, 124, 12, entry.size ?? content.length);
  number(header, 136, 12, entry.mtime ?? 1_600_000_000);
  header.write(entry.type ?? '0', 156, 'latin1');
  put(header, 157, 100, entry.link ?? '');
  header.write(entry.magic ?? 'ustar\0' + '00', 257, 'latin1');
  number(header, 329, 8, entry.major ?? 0);
  number(header, 337, 8, entry.minor ?? 0);
  put(header, 345, 155, entry.prefix ?? '');
  entry.edit?.(header);
  const sum = entry.checksum ?? checksum(header);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

/** A pax header for the entry that follows. */
export function pax(records: Record<string, string | Buffer>): Buffer {
  const list = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return rawEntry({ name: 'PaxHeaders.0/x', type: 'x', content: Buffer.concat(list) });
}

export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

export function longName(type: 'L' | 'K', name: string): Buffer {
  return rawEntry({ name: '././@LongLink', type, content: `${name}\0`, magic: 'ustar  \0' });
}

/** A number in base-256, as GNU writes what does not fit in octal. */
export function base256(value: bigint, width: number): Buffer {
  const field = Buffer.alloc(width);
  let rest = value;
  for (let i = width - 1; i >= 0; i--) {
    field[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  field[0]! |= 0x80;
  return field;
}

function put(header: Buffer, at: number, width: number, text: string | Buffer): void {
  Buffer.from(text).copy(header, at, 0, width);
}

function number(header: Buffer, at: number, width: number, value: number | Buffer): void {
  if (Buffer.isBuffer(value)) value.copy(header, at, 0, width);
  else header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
}
