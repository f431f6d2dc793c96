import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { TarHeader } from '../../../src/content/archive/tar-header.ts';
import { readTar } from '../../../src/content/archive/tar-reader.ts';
import { encodeHeader, PLAIN_ENTRY, TarWriter } from '../../../src/content/archive/tar-writer.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('tar');

async function write(entries: [Partial<TarHeader> & { name: string }, Buffer?][]): Promise<Buffer> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const writer = new TarWriter(out);
  for (const [header, body] of entries) await writer.add(header, body);
  await writer.finish();
  return Buffer.concat(chunks);
}

async function read(
  tar: Buffer | Readable,
  chunk = 700,
): Promise<{ header: Omit<TarHeader, 'body'>; content: string }[]> {
  const pieces =
    tar instanceof Readable
      ? tar
      : Readable.from(
          Array.from({ length: Math.ceil(tar.byteLength / chunk) }, (_, i) => tar.subarray(i * chunk, (i + 1) * chunk)),
        );
  const found: { header: Omit<TarHeader, 'body'>; content: string }[] = [];
  for await (const { body, ...header } of readTar(pieces, 'test.tar')) {
    let content = '';
    for await (const part of body) content += (part as Buffer).toString('latin1');
    found.push({ header, content });
  }
  return found;
}

describe('the tar codec', () => {
  const entries: [Partial<TarHeader> & { name: string }, Buffer?][] = [
    [{ name: 'folder/', type: 'directory', mode: 0o1777, uid: 3_000_000, gid: 65534, mtime: 1700000000 }],
    [{ name: 'folder/file', mode: 0o4755, uname: 'me', gname: 'us', mtime: 1.5 }, Buffer.from('hello')],
    [{ name: `${'long/'.repeat(40)}name`, mode: 0o600 }, Buffer.alloc(513, 'x')],
    [{ name: `${'n'.repeat(180)}` }, Buffer.alloc(0)],
    [{ name: 'grüße', pax: { 'SCHILY.xattr.user.raw': '\xff\x00\n=' } }, Buffer.from('ü')],
    [{ name: 'link', type: 'symlink', linkname: `../${'t'.repeat(150)}` }],
    [{ name: 'hard', type: 'hardlink', linkname: 'folder/file' }],
    [{ name: 'null', type: 'char', devmajor: 1, devminor: 3 }],
    [{ name: 'pipe', type: 'fifo', mtime: -5 }],
  ];

  test('reads what it writes, whatever the size of chunks', async () => {
    const tar = await write(entries);
    for (const chunk of [1, 511, 512, 4000, 1 << 20]) {
      const found = await read(tar, chunk);
      expect(found.map((f) => f.header.name)).toEqual(entries.map(([h]) => h.name));
      for (const [i, [header, body]] of entries.entries()) {
        expect(found[i]!.header).toMatchObject(header);
        expect(found[i]!.content).toBe(body?.toString('latin1') ?? '');
      }
    }
  });

  test('writes what GNU tar reads', async () => {
    await writeFile(join(folder, 'ours.tar'), await write(entries));
    const listing = execFileSync('tar', ['--numeric-owner', '-tvf', join(folder, 'ours.tar')], {
      env: { LC_ALL: 'C.UTF-8', TZ: 'UTC', PATH: process.env.PATH },
    }).toString();
    expect(listing).toContain('drwxrwxrwt 3000000/65534');
    expect(listing).toContain('-rwsr-xr-x');
    expect(listing).toContain(`${'n'.repeat(180)}`);
    expect(listing).toContain(`link -> ../${'t'.repeat(150)}`);
    expect(listing).toContain('hard link to folder/file');
    expect(listing).toContain('1,3');
    expect(listing).toContain('grüße');
  });

  test.each(['gnu', 'posix', 'ustar', 'v7'])('reads what GNU tar writes in format %s', async (format) => {
    const root = join(folder, `in-${format}`);
    const deep =
      format === 'v7'
        ? 'deep'
        : format === 'ustar'
          ? `${'d'.repeat(60)}/${'e'.repeat(25)}`
          : `${'d'.repeat(200)}/${'e'.repeat(200)}`;
    await mkdir(join(root, deep), { recursive: true });
    await writeFile(join(root, deep, 'file'), 'content');
    await link(join(root, deep, 'file'), join(root, deep, 'hard'));
    await symlink('file', join(root, deep, 'soft'));
    const tar = join(folder, `${format}.tar`);
    execFileSync('tar', [
      `--format=${format}`,
      '--sort=name',
      '--owner=1000',
      '--group=7',
      '-C',
      root,
      '-cf',
      tar,
      '.',
    ]);
    const found = await read(createReadStream(tar));
    const file = found.find((f) => f.header.name === `./${deep}/file`)!;
    expect(file.content).toBe('content');
    expect(file.header).toMatchObject({ type: 'file', size: 7, uid: 1000, gid: 7 });
    expect(found.find((f) => f.header.name.endsWith('hard'))!.header).toMatchObject({
      type: 'hardlink',
      linkname: `./${deep}/file`,
    });
    expect(found.find((f) => f.header.name.endsWith('soft'))!.header).toMatchObject({
      type: 'symlink',
      linkname: 'file',
    });
    expect(found.filter((f) => f.header.type === 'directory').length).toBeGreaterThan(1);
  });

  test('skips content that nobody reads', async () => {
    const names: string[] = [];
    for await (const entry of readTar(Readable.from([await write(entries)]), 'test.tar')) names.push(entry.name);
    expect(names).toHaveLength(entries.length);
  });

  test('reads sizes beyond 8 GiB in both spellings', async () => {
    const size = 9 * 1024 ** 3;
    const pax = await writeStart({ name: 'big', size });
    await expect(read(pax)).rejects.toThrow('test.tar: big: ends');
    const gnu = Buffer.from(pax.subarray(-512));
    gnu.fill(0, 124, 136);
    gnu[124] = 0x80;
    gnu.writeBigUInt64BE(BigInt(size), 128);
    let sum = 0;
    gnu.write('        ', 148, 'latin1');
    for (const byte of gnu) sum += byte;
    gnu.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await expect(read(gnu)).rejects.toThrow(`ends ${size} bytes early`);
  });

  /** Only the headers of an entry whose content does not come. */
  async function writeStart(header: Partial<TarHeader> & { name: string }): Promise<Buffer> {
    return encodeHeader({
      ...PLAIN_ENTRY,
      size: 0,
      ...header,
    });
  }

  test.each<[string, (tar: Buffer) => Buffer, string]>([
    ['cut in a header', (t) => t.subarray(0, 700), 'ends inside a header'],
    ['cut in content', (t) => t.subarray(0, 1030), 'early'],
    [
      'with a changed header',
      (t) => Buffer.concat([t.subarray(0, 512 + 3), Buffer.from('X'), t.subarray(512 + 4)]),
      'wrong checksum',
    ],
    ['that is none', () => Buffer.alloc(2000, 'a'), 'this is no tar archive'],
    ['of a few bytes', () => Buffer.from('hi'), 'ends inside a header'],
  ])('refuses a tar %s', async (_, change, message) => {
    const tar = await write([[{ name: 'd/', type: 'directory' }], [{ name: 'd/f' }, Buffer.alloc(3000)]]);
    await expect(read(change(tar))).rejects.toThrow(message);
  });

  test('refuses an extended header of 1 GB, and one whose lengths lie', async () => {
    const header = (size: number) => {
      const block = encodeHeader({
        ...PLAIN_ENTRY,
        name: 'x',
        size,
      });
      block.write('x', 156, 'latin1');
      let sum = 0;
      block.write('        ', 148, 'latin1');
      for (const byte of block) sum += byte;
      block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return block;
    };
    await expect(read(header(1e9))).rejects.toThrow('an extended header of 1000000000 bytes');
    for (const record of ['99 path=x\n', 'x path=y\n', '8 path=xy', '-3 a=b\n', '11 path=xyz\n']) {
      await expect(read(Buffer.concat([header(record.length), Buffer.from(record.padEnd(512, '\0'))]))).rejects.toThrow(
        'a pax header is damaged',
      );
    }
  });

  test('fails with the error of what it writes to', async () => {
    const writer = new TarWriter(createWriteStream('/dev/full'));
    await expect(
      (async () => {
        for (let i = 0; i < 100; i++) await writer.add({ name: `f${i}` }, Buffer.alloc(10_000));
        await writer.finish();
      })(),
    ).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('refuses a body of another size than announced', async () => {
    const writer = new TarWriter(new PassThrough().resume());
    await expect(writer.add({ name: 'f', size: 10 }, Buffer.from('short'))).rejects.toThrow(
      'expected 10 bytes of content, got 5',
    );
  });
});
