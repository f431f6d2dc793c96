import { ContainerizeError } from '../errors.ts';

/** One argument of a record. Numbers travel as decimal text, bytes as they are. */
export type Arg = string | number | bigint | Uint8Array;

/** One line of the helper's config: docs/helper-protocol.md lists the names and their arguments. */
export type HelperRecord = readonly [name: string, ...args: Arg[]];

const maxConfigSize = 64 * 1024 * 1024;

/** A record that cannot be written down: a mistake of ours, never of the user. */
export class HelperRecordError extends ContainerizeError<'bad-record' | 'config-too-large'> {}

/**
 * The list as the helper reads it: for each record `u32le argc`, then for each argument `u32le length, bytes, NUL`; a
 * record `end` closes it. Strings are written as UTF-8, except that lone surrogates U+DC80 to U+DCFF (how the helper's
 * reports spell bytes that are not UTF-8) become those bytes again.
 */
export function encodeRecords(records: Iterable<HelperRecord>): Buffer {
  const parts: Buffer[] = [];
  let size = 0;
  const add = (bytes: Buffer): void => {
    parts.push(bytes);
    size += bytes.length;
  };
  for (const record of records) {
    add(u32(record.length));
    for (const arg of record) {
      const bytes = bytesOf(arg, record[0]);
      const framed = Buffer.allocUnsafe(bytes.length + 5);
      framed.writeUInt32LE(bytes.length, 0);
      framed.set(bytes, 4);
      framed[bytes.length + 4] = 0;
      add(framed);
    }
  }
  add(end);
  if (size > maxConfigSize) {
    throw new HelperRecordError(
      'config-too-large',
      `the helper reads at most ${maxConfigSize} bytes of config, got ${size}`,
    );
  }
  return Buffer.concat(parts, size);
}

/** The bytes behind a name in a report. */
export function nameBytes(name: string): Buffer {
  // The common case costs one native search: a well-formed string is its own UTF-8.
  if (name.isWellFormed()) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const character of name) {
    const code = character.codePointAt(0)!;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

function bytesOf(arg: Arg, name: string): Uint8Array {
  if (typeof arg === 'string') return nameBytes(arg);
  if (typeof arg === 'bigint') return Buffer.from(arg.toString());
  if (typeof arg === 'number') {
    if (!Number.isSafeInteger(arg)) {
      throw new HelperRecordError('bad-record', `record ${name}: expected a whole number, got ${arg}`);
    }
    return Buffer.from(arg.toString());
  }
  return arg;
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value, 0);
  return bytes;
}

const end = Buffer.concat([u32(1), u32(3), Buffer.from('end\0')]);
