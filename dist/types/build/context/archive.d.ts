import { Readable } from 'node:stream';
export type ArchiveCompression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';
/** Tells by its first bytes how a file is compressed; its name says nothing. */
export declare function sniffCompression(start: Uint8Array): ArchiveCompression;
/** How the tar in this file is compressed; undefined when there is no tar in it. */
export declare function sniffArchive(path: string, shown: string): Promise<ArchiveCompression | undefined>;
/** The plain bytes of a compressed stream. */
export declare function decompressed(source: Readable, compression: ArchiveCompression, shown: string, programs?: Readonly<Record<'bzip2' | 'xz', string>>): Readable;
/** POSIX: the checksum counts the header's bytes with its own field as blanks. */
export declare function isTarHeader(block: Uint8Array): boolean;
