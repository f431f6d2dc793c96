/** tar(5), POSIX pax interchange format: 512-byte blocks, a header block before each entry's content. */
export const BLOCK = 512;

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';

export interface TarHeader {
  name: string;
  type: EntryType;
  /** Bytes of content; 0 for everything but files. */
  size: number;
  /** Permission bits, set-id and sticky included. */
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970; may have a fraction. */
  mtime: number;
  /** Target of a symlink or hard link. */
  linkname: string;
  uname: string;
  gname: string;
  devmajor: number;
  devminor: number;
  /** Further pax records, such as `SCHILY.xattr.user.x`; values as bytes in latin1 where they are no text. */
  pax: Record<string, string>;
}

export const TYPE_FLAGS: Record<EntryType, string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** Sum of the header's bytes, its checksum field counted as spaces. */
export function checksum(block: Buffer): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i]!;
  return sum;
}

/** Whether a block is a header at all: nothing else in it can be trusted otherwise. */
export function isHeader(block: Buffer): boolean {
  const said = /^[ 0]*([0-7]+)[ \0]/.exec(`${block.toString('latin1', 148, 156)}\0`)?.[1];
  return said !== undefined && Number.parseInt(said, 8) === checksum(block);
}

/** Bytes after `size` bytes of content up to the next block. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
