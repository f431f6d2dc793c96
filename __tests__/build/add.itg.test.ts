import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decompressed } from '../../src/build/context/archive.ts';
import { type Download, fileName } from '../../src/build/context/download.ts';
import { CopyError } from '../../src/build/context/error.ts';
import { dispositionName, httpDownload } from '../../src/build/context/http-download.ts';
import { addOp } from '../../src/build/ops/add.ts';
import { Http } from '../../src/http.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';
import { listing, Workshop } from './copy-fixture.ts';

let shop: Workshop;
let umask: number;

beforeEach(() => {
  umask = process.umask(0o022);
  shop = new Workshop(makeScratch('add'), makeHelper());
});

afterEach(() => {
  process.umask(umask);
  shop.remove();
});

function write(root: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A plain tar of a small tree, by another program than ours. */
function tar(): Buffer {
  const tree = join(shop.folder, 'tree');
  if (existsSync(tree)) rmSync(tree, { recursive: true });
  write(tree, { 'bin/tool': 'T', 'etc/conf': 'C' });
  chmodSync(join(tree, 'bin/tool'), 0o4755);
  chownSync(join(tree, 'etc/conf'), 12, 34);
  symlinkSync('tool', join(tree, 'bin/link'));
  return execFileSync('tar', ['-C', tree, '--sort=name', '-cf', '-', '.']);
}

const unpacked = [
  'x/ 755 0:0',
  'x/bin/ 755 0:0',
  'x/bin/link -> tool',
  'x/bin/tool 4755 0:0 T',
  'x/etc/ 755 0:0',
  'x/etc/conf 644 12:34 C',
];

async function failure(work: Promise<unknown>): Promise<CopyError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(CopyError);
  return error as CopyError;
}

describe('an archive of the context', () => {
  test.each<[string, (plain: Buffer) => Buffer]>([
    ['plain', (plain) => plain],
    ['gzip', (plain) => gzipSync(plain)],
    ['zstd', (plain) => zstdCompressSync(plain)],
    ['bzip2', (plain) => execFileSync('bzip2', ['-c'], { input: plain })],
    ['xz', (plain) => execFileSync('xz', ['-c'], { input: plain })],
  ])('is unpacked when it is a %s tar, whatever its name', async (_name, compress) => {
    write(shop.context, { 'data.bin': compress(tar()) });
    expect(listing(await shop.add({}, 'data.bin /x'))).toEqual(unpacked);
  });

  test('that only has the name of one is copied', async () => {
    write(shop.context, {
      'a.tar.gz': 'no archive',
      'b.gz': gzipSync('text, no tar'),
      'c.xz': Buffer.from('fd377a585a00ff', 'hex'),
    });
    const layer = await shop.add({}, 'a.tar.gz b.gz c.xz /x/');
    expect(listing(layer).map((line) => line.split(' ')[0])).toEqual(['x/', 'x/a.tar.gz', 'x/b.gz', 'x/c.xz']);
  });

  test('is left as it is with --unpack=false, and by COPY', async () => {
    write(shop.context, { 'a.tar': tar() });
    for (const layer of [await shop.add({ unpack: false }, 'a.tar /x/'), await shop.copy({}, 'a.tar /x/')]) {
      expect(readFileSync(join(layer, 'x/a.tar'))).toEqual(readFileSync(join(shop.context, 'a.tar')));
    }
  });

  test('gets the owner and mode that are asked for, and goes into folders that are there', async () => {
    write(shop.context, { 'a.tar': tar() });
    mkdirSync(join(shop.base, 'x/etc'), { recursive: true });
    write(shop.base, { 'x/etc/other': 'O' });
    const layer = await shop.add({ chown: { text: '7:8' } }, 'a.tar /x');
    expect(listing(layer)).toContain('x/etc/conf 644 7:8 C');
    expect(listing(layer)).not.toContain('x/etc/other 644 0:0 O');
  });

  test('and plain files and heredocs go together', async () => {
    write(shop.context, { 'a.tar': tar(), 'plain.txt': 'P' });
    const layer = await shop.add({ heredocs: [{ name: 'doc', content: 'D' }] }, 'plain.txt a.tar /x/');
    expect(listing(layer)).toEqual([
      ...unpacked.slice(0, 4),
      'x/doc 644 0:0 D',
      ...unpacked.slice(4),
      'x/plain.txt 644 0:0 P',
    ]);
  });

  test('that is damaged is an error that says which', async () => {
    const packed = gzipSync(Buffer.concat([tar(), Buffer.alloc(100_000, 1)]));
    write(shop.context, { 'cut.tgz': packed.subarray(0, packed.length - 20), 'cut.tar': tar().subarray(0, 2000) });
    expect(await failure(shop.add({}, 'cut.tgz /x'))).toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('cut.tgz'),
    });
    expect(await failure(shop.add({}, 'cut.tar /x'))).toMatchObject({ code: 'bad-archive' });
    write(shop.context, { 'cut.xz': execFileSync('xz', ['-c'], { input: tar() }).subarray(0, 100) });
    expect(await failure(shop.add({}, 'cut.xz /x/'))).toMatchObject({ code: 'bad-archive' });
  });

  test('cannot write outside of its destination', async () => {
    const tree = join(shop.folder, 'evil');
    mkdirSync(tree);
    symlinkSync('/', join(tree, 'out'));
    writeFileSync(join(shop.folder, 'evil.txt'), 'x');
    const archive = execFileSync('tar', [
      '-C',
      shop.folder,
      '-P',
      '--transform=s,evil.txt,../../escaped,',
      '-cf',
      '-',
      'evil/out',
      'evil.txt',
    ]);
    write(shop.context, { 'evil.tar': archive });
    const layer = await shop.add({}, 'evil.tar /deep/x').then(
      (folder) => folder,
      () => undefined,
    );
    if (layer) expect(listing(layer).join('\n')).not.toMatch(/^escaped/m);
    expect(() => lstatSync(join(shop.folder, 'escaped'))).toThrow();
    expect(() => lstatSync('/escaped')).toThrow();
  });
});

describe('a URL', () => {
  let server: Server;
  let base: string;
  const hits: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      hits.push(request.url!);
      const headers = { 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };
      if (request.url === '/file.txt') response.writeHead(200, headers).end('hello');
      else if (request.url === '/named') {
        response.writeHead(200, { 'content-disposition': 'attachment; filename="real.txt"' }).end('named');
      } else if (request.url === '/moved') response.writeHead(302, { location: '/file.txt' }).end();
      else if (request.url === '/') response.writeHead(200).end('root');
      else if (request.url === '/a.tgz') response.writeHead(200).end(gzipSync(tar()));
      else if (request.url === '/cut') {
        response.writeHead(200, { 'content-length': '100' });
        response.write('short');
        setTimeout(() => response.destroy(), 20);
      } else response.writeHead(404).end('nope');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });

  afterAll(async () => {
    http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const http = new Http({ retries: 0 });
  const download: Download = httpDownload(http);

  test('becomes a file of its name, for its owner alone, as old as the server says', async () => {
    const layer = await shop.add({}, `${base}/file.txt /x/`, download);
    expect(listing(layer)).toEqual(['x/ 755 0:0', 'x/file.txt 600 0:0 hello']);
    expect(lstatSync(join(layer, 'x/file.txt')).mtime.toISOString()).toBe('2015-10-21T07:28:00.000Z');
  });

  test('becomes a file of the destination’s name, owner and mode when they are given', async () => {
    const step = { chown: { text: '5:6' }, chmod: { text: '755' } };
    expect(listing(await shop.add(step, `${base}/moved /x/y`, download))).toEqual(['x/ 755 5:6', 'x/y 755 5:6 hello']);
  });

  test('is called what the server says, or nothing else helps', async () => {
    expect(listing(await shop.add({}, `${base}/named /x/`, download))).toContain('x/real.txt 600 0:0 named');
    expect(listing(await shop.add({}, `${base}/ /x/`, download))).toContain('x/__unnamed__ 600 0:0 root');
  });

  test('is unpacked only when that is said', async () => {
    expect(listing(await shop.add({}, `${base}/a.tgz /x/`, download))[1]).toMatch(/^x\/a\.tgz 600/);
    expect(listing(await shop.add({ unpack: true }, `${base}/a.tgz /x`, download))).toEqual(unpacked);
  });

  test('is checked against its checksum', async () => {
    const checksum = { text: sha256('hello') };
    expect(listing(await shop.add({ checksum }, `${base}/file.txt /x`, download))).toEqual(['x 600 0:0 hello']);
    const wrong = await failure(shop.add({ checksum: { text: sha256('other') } }, `${base}/file.txt /x`, download));
    expect(wrong.code).toBe('checksum-mismatch');
    expect(wrong.message).toContain(sha256('hello'));
  });

  test('that fails, or ends early, is an error that names it', async () => {
    const missing = await failure(shop.add({}, `${base}/nope /x`, download));
    expect(missing.message).toBe(`cannot download ${base}/nope: the server answered 404, expected 200`);
    expect(await failure(shop.add({}, `${base}/cut /x`, download))).toMatchObject({ code: 'download-failed' });
  });

  test('is downloaded once for the key and the copy; a checksum needs no download for the key', async () => {
    const op = addOp({ ...(await shop.step({}, `${base}/file.txt /x`)), kind: 'ADD', keepGitDir: false }, download);
    const context = shop.stepContext({ upper: '' });
    hits.length = 0;
    expect(op.definitionKey(['sha256:base'] as never)).toBeUndefined();
    await op.contentKey(context.inputs, context);
    await op.execute(context);
    expect(hits).toEqual(['/file.txt']);
    const checksum = { text: sha256('hello') };
    const known = addOp(
      { ...(await shop.step({}, `${base}/file.txt /x`)), kind: 'ADD', keepGitDir: false, checksum },
      download,
    );
    expect(known.definitionKey(['sha256:base'] as never)).toBeDefined();
  });
});

describe('what ADD refuses', () => {
  test.each([
    ['https://github.com/a/b.git'],
    ['https://example.com/x.git#main:sub'],
    ['git@github.com:a/b'],
    ['ssh://git@host/x'],
    ['git://host/x'],
  ])('a git repository: %s', async (source) => {
    await expect(shop.add({}, `${source} /x`)).rejects.toMatchObject({ code: 'not-supported' });
  });

  test('a checksum that cannot be meant', async () => {
    write(shop.context, { a: 'A' });
    const checksum = { text: sha256('x') };
    await expect(shop.add({ checksum }, 'a /x')).rejects.toThrow("checksum can't be specified for local sources");
    await expect(shop.add({ checksum }, 'http://h/a http://h/b /x/')).rejects.toThrow('multiple sources');
    await expect(shop.add({ checksum: { text: 'md5:1' } }, 'http://h/a /x')).rejects.toThrow('expected sha256:');
  });
});

test('names of downloads never lead out of their folder', () => {
  expect(fileName('http://h/a/b%2F..%2Fc', undefined)).toBe('c');
  expect(fileName('http://h/x', '../../etc/passwd')).toBe('passwd');
  expect(fileName('http://h/x', '..')).toBe('x');
  expect(fileName('http://h/..', undefined)).toBe('__unnamed__');
  expect(fileName('http://h/%ff', undefined)).toBe('%ff');
});

test.each([
  ['attachment; filename="a b.txt"', 'a b.txt'],
  ['attachment; filename=x.tar.gz; size=3', 'x.tar.gz'],
  ['attachment; filename="x"; filename*=UTF-8\'\'%c3%bc.txt', 'ü.txt'],
  ['inline', undefined],
  [undefined, undefined],
])('Content-Disposition %j names %j', (header, expected) => {
  expect(dispositionName(header)).toBe(expected);
});

test('a program that is not there is named', async () => {
  write(shop.context, { 'a.xz': execFileSync('xz', ['-c'], { input: tar() }) });
  const packed = createReadStream(join(shop.context, 'a.xz'));
  const error = await failure(decompressed(packed, 'xz', 'a.xz', { xz: 'no-such-xz', bzip2: 'bzip2' }).toArray());
  expect(error).toMatchObject({ code: 'not-supported', message: expect.stringContaining('a.xz') });
});

test('what a program says of damaged data is told', async () => {
  const packed = Readable.from([execFileSync('xz', ['-c'], { input: tar() }).subarray(0, 200)]);
  expect(await failure(decompressed(packed, 'xz', 'a.xz').toArray())).toMatchObject({ code: 'bad-archive' });
});

test('a body is never held in memory as a whole', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 7);
  const download: Download = async () => ({
    body: Readable.from(
      (function* () {
        for (let i = 0; i < 300; i++) yield chunk;
      })(),
      { objectMode: false },
    ),
  });
  const before = process.memoryUsage().rss;
  const layer = await shop.add({}, 'http://h/big /x', download);
  expect(lstatSync(join(layer, 'x')).size).toBe(300 * chunk.length);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});
