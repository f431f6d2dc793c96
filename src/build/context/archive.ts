import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { codeOf } from '../../errors.ts';
import { CopyError } from './error.ts';

export type ArchiveCompression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Programs of the host for what Node cannot read. */
const PROGRAMS = { bzip2: 'bzip2', xz: 'xz' } as const;

/** Tells by its first bytes how a file is compressed; its name says nothing. */
export function sniffCompression(start: Uint8Array): ArchiveCompression {
  const begins = (...bytes: number[]): boolean => bytes.every((byte, i) => start[i] === byte);
  if (begins(0x1f, 0x8b)) return 'gzip';
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (begins(0x42, 0x5a, 0x68)) return 'bzip2';
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  return 'none';
}

/** How the tar in this file is compressed; undefined when there is no tar in it. */
export async function sniffArchive(path: string, shown: string): Promise<ArchiveCompression | undefined> {
  const file = await open(path, 'r');
  let start: Buffer;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
    start = buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
  const compression = sniffCompression(start);
  if (compression === 'none') return isTarHeader(start) ? 'none' : undefined;
  const plain = decompressed(createReadStream(path), compression, shown);
  try {
    return isTarHeader(await firstBytes(plain, 512)) ? compression : undefined;
  } catch (error) {
    if (error instanceof CopyError && error.code === 'not-supported') throw error;
    // Damaged, or only something that begins alike: then it is a file like any other.
    return undefined;
  } finally {
    plain.destroy();
  }
}

/** The plain bytes of a compressed stream. */
export function decompressed(
  source: Readable,
  compression: ArchiveCompression,
  shown: string,
  programs: Readonly<Record<'bzip2' | 'xz', string>> = PROGRAMS,
): Readable {
  if (compression === 'none') return source;
  if (compression === 'bzip2' || compression === 'xz') {
    return Readable.from(outputOf(source, programs[compression], shown), { objectMode: false });
  }
  const decoder = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  source.once('error', (error) => decoder.destroy(error));
  decoder.once('close', () => source.destroy());
  return source.pipe(decoder);
}

async function* outputOf(source: Readable, program: string, shown: string): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-500);
  });
  let failure: unknown;
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      failure = error;
      resolve(null);
    });
  });
  // It may stop reading early; what it says and how it ends tells why.
  stdin.on('error', () => {});
  source.once('error', (error) => {
    failure = error;
    stdin.destroy();
  });
  source.pipe(stdin);
  try {
    for await (const chunk of stdout) yield chunk as Buffer;
    const code = await ended;
    if (codeOf(failure) === 'ENOENT') {
      throw new CopyError(
        'not-supported',
        `cannot unpack ${shown}: it is compressed with ${program}, which is not on this machine`,
        {
          cause: failure,
          hint: `install ${program === 'xz' ? 'xz-utils' : program}, or use COPY to take the file as it is`,
        },
      );
    }
    if (failure !== undefined) throw failure;
    if (code !== 0) throw new CopyError('bad-archive', `cannot unpack ${shown}: ${said.trim() || `${program} failed`}`);
  } finally {
    source.destroy();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

async function firstBytes(stream: Readable, count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= count) break;
  }
  return Buffer.concat(chunks).subarray(0, count);
}

/** POSIX: the checksum counts the header's bytes with its own field as blanks. */
export function isTarHeader(block: Uint8Array): boolean {
  if (block.length < 512) return false;
  const field = Buffer.from(block.subarray(148, 156)).toString('latin1');
  const match = /^[\s\0]*([0-7]+)[\s\0]*$/.exec(field);
  if (!match) return false;
  let sum = 0;
  let signed = 0;
  for (let i = 0; i < 512; i++) {
    const byte = i >= 148 && i < 156 ? 32 : block[i]!;
    sum += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const stored = Number.parseInt(match[1]!, 8);
  return stored === sum || stored === signed;
}
