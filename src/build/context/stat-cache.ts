import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { temporaryName } from '../../files.ts';
import { FIELDS, FolderRecord } from './folder-record.ts';

/** Caches of so many folders and ignore rules are kept; those not written for longest go first. */
const MOST_FILES = 64;
const MAGIC = 'containerize stat cache 1\n';
/** Bytes that are written at once. */
const WRITE = 1024 * 1024;

/**
 * Which content digest a file had when it had which inode, size, mtime and ctime, kept from build to build, so that an
 * unchanged file is not read again. A file that changed so shortly before it was read that its times could not tell
 * another change is left out (`forget`), as git does with its index.
 */
export class StatCache {
  readonly #file: string | undefined;
  /** Folder → its record: as it lay in the file, or as it was put. */
  readonly #blocks: Map<string, Buffer | FolderRecord>;
  #dirty = false;

  private constructor(file: string | undefined, blocks: Map<string, Buffer | FolderRecord>) {
    this.#file = file;
    this.#blocks = blocks;
  }

  /** A missing or damaged file is an empty cache. Without a file nothing is kept. */
  static open(file: string | undefined): StatCache {
    if (file === undefined) return new StatCache(undefined, new Map());
    let bytes: Buffer;
    try {
      bytes = readFileSync(file);
    } catch {
      return new StatCache(file, new Map());
    }
    return new StatCache(file, decodeFile(bytes) ?? new Map());
  }

  folder(path: string): FolderRecord | undefined {
    const block = this.#blocks.get(path);
    return block instanceof FolderRecord ? block : block && decodeFolder(block);
  }

  /** Replaces what is known of a folder. */
  put(path: string, record: FolderRecord): void {
    if (this.#file === undefined) return;
    this.#blocks.set(path, record);
    this.#dirty = true;
  }

  /** Drops folders for which `keep` says no. */
  prune(keep: (path: string) => boolean): void {
    if (!this.#dirty) return;
    for (const path of this.#blocks.keys()) if (!keep(path)) this.#blocks.delete(path);
  }

  /** Writes what changed. Readers see the old file or the new one; of two writers the last wins. Failing is harmless. */
  save(): void {
    if (!this.#dirty || this.#file === undefined) return;
    this.#dirty = false;
    const temporary = temporaryName(this.#file);
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeBlocks(temporary, this.#blocks);
      renameSync(temporary, this.#file);
      sweep(dirname(this.#file));
    } catch {
      removeIfThere(temporary);
    }
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where nothing can be written there is nothing to remove.
  }
}

function sweep(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MOST_FILES) return;
  const aged = names.map((name) => ({ name, age: statSync(join(folder, name)).mtimeMs }));
  aged.sort((a, b) => b.age - a.age);
  for (const { name } of aged.slice(MOST_FILES)) rmSync(join(folder, name), { force: true });
}

/** A folder's record as it lies in the file, in parts. */
function encodeFolder(record: FolderRecord): Uint8Array[] {
  const { count, stats, digests } = record;
  const names = Buffer.from(record.text);
  const header = Buffer.allocUnsafe(8);
  header.writeUInt32LE(count, 0);
  header.writeUInt32LE(names.length, 4);
  return [
    header,
    names,
    Buffer.from(stats.buffer, stats.byteOffset, count * FIELDS * 8),
    digests.subarray(0, count * 32),
  ];
}

function decodeFolder(block: Buffer): FolderRecord | undefined {
  if (block.length < 8) return undefined;
  const count = block.readUInt32LE(0);
  const namesLength = block.readUInt32LE(4);
  const statsStart = 8 + namesLength;
  const digestsStart = statsStart + count * FIELDS * 8;
  if (block.length !== digestsStart + count * 32) return undefined;
  const text = block.toString('utf8', 8, statsStart);
  const stats = new Float64Array(count * FIELDS);
  // Copied: the numbers need not be aligned in the file.
  new Uint8Array(stats.buffer).set(block.subarray(statsStart, digestsStart));
  const record = new FolderRecord(text, stats, block.subarray(digestsStart));
  return record.names.length === count ? record : undefined;
}

/** Folder by folder: there may be a million entries. */
function writeBlocks(path: string, blocks: ReadonlyMap<string, Buffer | FolderRecord>): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    let sum = 0;
    let waiting: Uint8Array[] = [];
    let size = 0;
    const flush = (): void => {
      const bytes = Buffer.concat(waiting);
      sum = crc32(bytes, sum);
      writeFileSync(file, bytes);
      waiting = [];
      size = 0;
    };
    const add = (part: Uint8Array): void => {
      waiting.push(part);
      size += part.byteLength;
    };
    add(Buffer.from(MAGIC));
    for (const [folder, block] of blocks) {
      const parts = block instanceof FolderRecord ? encodeFolder(block) : [block];
      const name = Buffer.from(folder);
      const header = Buffer.allocUnsafe(8);
      header.writeUInt32LE(name.length, 0);
      header.writeUInt32LE(
        parts.reduce((total, part) => total + part.byteLength, 0),
        4,
      );
      for (const part of [header, name, ...parts]) add(part);
      if (size > WRITE) flush();
    }
    flush();
    const end = Buffer.allocUnsafe(4);
    end.writeUInt32LE(sum);
    writeFileSync(file, end);
  } finally {
    closeSync(file);
  }
}

function decodeFile(bytes: Buffer): Map<string, Buffer> | undefined {
  const end = bytes.length - 4;
  // After a power cut a file may be there with parts of it missing: the sum tells.
  if (end < MAGIC.length || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined;
  const blocks = new Map<string, Buffer>();
  let at = MAGIC.length;
  while (at < end) {
    if (at + 8 > end) return undefined;
    const nameLength = bytes.readUInt32LE(at);
    const blockLength = bytes.readUInt32LE(at + 4);
    at += 8;
    if (at + nameLength + blockLength > end) return undefined;
    blocks.set(
      bytes.toString('utf8', at, at + nameLength),
      bytes.subarray(at + nameLength, at + nameLength + blockLength),
    );
    at += nameLength + blockLength;
  }
  return blocks;
}
