import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CopyError } from '../../src/build/context/error.ts';
import { copyOp } from '../../src/build/ops/copy.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';
import { listing, Workshop } from './copy-fixture.ts';

let shop: Workshop;
let umask: number;

beforeEach(() => {
  umask = process.umask(0o022);
  shop = new Workshop(makeScratch('copy'), makeHelper());
});

afterEach(() => {
  process.umask(umask);
  shop.remove();
});

/** Files by path; a value is the content, `-> x` a link, a path with a slash at its end a folder. */
function write(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (path.endsWith('/')) continue;
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), full);
    else writeFileSync(full, content);
  }
}

async function failure(work: Promise<unknown>): Promise<CopyError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(CopyError);
  return error as CopyError;
}

describe('the destination', () => {
  test('a file goes into a folder that ends in a slash, which is made', async () => {
    write(shop.context, { 'a.txt': 'A' });
    expect(listing(await shop.copy({}, 'a.txt /x/y/'))).toEqual(['x/ 755 0:0', 'x/y/ 755 0:0', 'x/y/a.txt 644 0:0 A']);
  });

  test('a file without a slash is named as the destination', async () => {
    write(shop.context, { 'a.txt': 'A' });
    expect(listing(await shop.copy({}, 'a.txt /x/y'))).toEqual(['x/ 755 0:0', 'x/y 644 0:0 A']);
  });

  test('a file goes into a folder that is there, with a slash or without', async () => {
    write(shop.context, { 'a.txt': 'A' });
    write(shop.base, { 'opt/': '' });
    expect(listing(await shop.copy({}, 'a.txt /opt'))).toContain('opt/a.txt 644 0:0 A');
  });

  test('a relative one begins at WORKDIR, and .. stops at the root', async () => {
    write(shop.context, { a: 'A' });
    expect(listing(await shop.copy({ workdir: '/w' }, 'a ./b'))).toContain('w/b 644 0:0 A');
    expect(listing(await shop.copy({ workdir: '/w' }, 'a ../../../b'))).toEqual(['b 644 0:0 A']);
    expect(listing(await shop.copy({ workdir: '/w' }, 'a .'))).toContain('w/a 644 0:0 A');
  });

  test('several sources go into a folder, and need one', async () => {
    write(shop.context, { a: 'A', b: 'B', 'd/c': 'C' });
    expect(listing(await shop.copy({}, 'a b d /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a 644 0:0 A',
      'x/b 644 0:0 B',
      'x/c 644 0:0 C',
    ]);
    expect((await failure(shop.copy({}, 'a b /x'))).message).toMatch(/must be a directory and end with a \//);
  });

  test('a wildcard with several matches needs a folder too, or one that is there', async () => {
    write(shop.context, { 'a.js': 'A', 'b.js': 'B' });
    write(shop.base, { 'app/': '' });
    expect((await failure(shop.copy({}, '*.js /x'))).code).toBe('bad-destination');
    expect(listing(await shop.copy({}, '*.js /app'))).toEqual([
      'app/ 755 0:0',
      'app/a.js 644 0:0 A',
      'app/b.js 644 0:0 B',
    ]);
  });

  test('symlinks in the root are followed, inside it', async () => {
    write(shop.context, { a: 'A' });
    write(shop.base, {
      'real/': '',
      link: '-> /real',
      out: '-> ../../../../outside',
      file: '-> /real/target',
      'real/target': 'old',
    });
    expect(listing(await shop.copy({}, 'a /link/'))).toEqual(['real/ 755 0:0', 'real/a 644 0:0 A']);
    expect(listing(await shop.copy({}, 'a /out/b'))).toEqual(['outside/ 755 0:0', 'outside/b 644 0:0 A']);
    expect(listing(await shop.copy({}, 'a /file'))).toEqual(['real/ 755 0:0', 'real/target 644 0:0 A']);
    expect(listing(await shop.copy({}, 'a /out'))).toEqual(['outside 644 0:0 A']);
  });

  test('a folder is not replaced by a file, nor a file by a folder', async () => {
    write(shop.context, { a: 'A', 'd/x': 'X', 'e/x/y': 'Y' });
    write(shop.base, { 'there/a/': '', file: 'F', 'sub/x': 'is a file' });
    const intoFolder = await failure(shop.copy({}, 'a /there/'));
    expect(intoFolder).toMatchObject({ code: 'bad-destination' });
    expect(intoFolder.message).toContain('is a folder');
    expect((await failure(shop.copy({}, 'd /file'))).message).toContain('cannot copy to non-directory: /file');
    expect((await failure(shop.copy({}, 'a /file/'))).message).toContain('expected a folder');
    expect((await failure(shop.copy({}, 'e /sub/'))).message).toContain('cannot copy to non-directory');
  });

  test('a file replaces a file and a link of that name', async () => {
    write(shop.context, { 'd/f': 'new', 'd/l': 'new' });
    write(shop.base, { 'x/f': 'old', 'x/l': '-> /etc/passwd' });
    expect(listing(await shop.copy({}, 'd /x'))).toEqual(['x/ 755 0:0', 'x/f 644 0:0 new', 'x/l 644 0:0 new']);
  });
});

describe('the source', () => {
  test('of a folder its contents are copied, links as links, the folder at the destination as it was', async () => {
    write(shop.context, { 'd/a': 'A', 'd/sub/b': 'B', 'd/l': '-> a', 'd/dangling': '-> /nowhere' });
    chmodSync(join(shop.context, 'd'), 0o700);
    write(shop.base, { 'x/sub/': '' });
    chmodSync(join(shop.base, 'x'), 0o711);
    chmodSync(join(shop.base, 'x/sub'), 0o700);
    expect(listing(await shop.copy({}, 'd /x'))).toEqual([
      'x/ 711 0:0',
      'x/a 644 0:0 A',
      'x/dangling -> /nowhere',
      'x/l -> a',
      'x/sub/ 755 0:0',
      'x/sub/b 644 0:0 B',
    ]);
  });

  test('a link that is named is followed inside the context', async () => {
    write(shop.context, { 'real/a': 'A', l: '-> real', abs: '-> /real/a', up: '-> ../../../../real/a' });
    expect(listing(await shop.copy({}, 'l /x/'))).toContain('x/a 644 0:0 A');
    expect(listing(await shop.copy({}, 'abs up l/a /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a 644 0:0 A',
      'x/abs 644 0:0 A',
      'x/up 644 0:0 A',
    ]);
  });

  test('a leading slash and ../ stop at the root of the context', async () => {
    write(shop.context, { a: 'A', 'd/b': 'B' });
    expect(listing(await shop.copy({}, '/a ../../d/b /x/'))).toEqual(['x/ 755 0:0', 'x/a 644 0:0 A', 'x/b 644 0:0 B']);
  });

  test('wildcards match part by part; none is no error', async () => {
    write(shop.context, {
      'a1.js': '1',
      'a2.js': '2',
      'b.ts': '3',
      'd/a3.js': '4',
      'e/f/a4.js': '5',
      'arr[0].txt': '6',
    });
    expect(listing(await shop.copy({}, 'a?.js */a*.js /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a1.js 644 0:0 1',
      'x/a2.js 644 0:0 2',
      'x/a3.js 644 0:0 4',
    ]);
    expect(listing(await shop.copy({}, 'arr[[]0].txt /x/'))).toContain('x/arr[0].txt 644 0:0 6');
    expect(listing(await shop.copy({}, '*.nothing /x/'))).toEqual([]);
    expect(listing(await shop.copy({}, 'b.ts *.nothing /x/'))).toContain('x/b.ts 644 0:0 3');
  });

  test('a missing file says what was meant, or what hides it', async () => {
    write(shop.context, { 'package.json': '{}', 'src/main.ts': 'x', 'secret/key': 'k' });
    const missing = await failure(
      shop.copy({ sources: [{ text: 'pakage.json', location: { file: 'Dockerfile', line: 7 } }] }, 'x /y'),
    );
    expect(missing.message).toBe('"/pakage.json": not found in the build context (did you mean package.json?)');
    expect(missing.location).toMatchObject({ line: 7 });
    expect((await failure(shop.copy({}, 'srcc/main.ts /y'))).message).toContain('did you mean src/main.ts?');
    const hidden = await failure(shop.copy({ from: await shop.open('a\nsecret\n') }, 'secret/key /y'));
    expect(hidden.message).toContain('it is excluded by .dockerignore:2');
  });

  test('a link that leads nowhere is missing when it is named, and copied when a wildcard hits it', async () => {
    write(shop.context, { 'd/link': '-> nowhere' });
    expect(await failure(shop.copy({}, 'd/link /x'))).toMatchObject({ code: 'not-found' });
    expect(listing(await shop.copy({}, 'd/* /x/'))).toEqual(['x/ 755 0:0', 'x/link -> nowhere']);
  });

  test('what an ignore file hides is not copied, what it takes back is', async () => {
    write(shop.context, {
      'a.log': 'x',
      'src/b.log': 'x',
      'src/c.ts': 'C',
      'docs/x.md': 'x',
      'docs/README.md': 'R',
      'nm/y/z': 'z',
    });
    const from = await shop.open('**/*.log\ndocs\n!docs/README.md\nnm\n');
    expect(listing(await shop.copy({ from }, '. /x/'))).toEqual([
      'x/ 755 0:0',
      'x/docs/ 755 0:0',
      'x/docs/README.md 644 0:0 R',
      'x/src/ 755 0:0',
      'x/src/c.ts 644 0:0 C',
    ]);
    expect(listing(await shop.copy({ from: await shop.open('docs\n!docs/README.md') }, 'docs /x/'))).toEqual([
      'x/ 755 0:0',
      'x/README.md 644 0:0 R',
    ]);
  });

  test('hard links stay, sockets and times come along, special modes too', async () => {
    write(shop.context, { 'd/a': 'A', 'd/s': 'S' });
    linkSync(join(shop.context, 'd/a'), join(shop.context, 'd/b'));
    chmodSync(join(shop.context, 'd/s'), 0o4755);
    utimesSync(join(shop.context, 'd/s'), 1_000_000, 1_000_000);
    for (const step of [{}, { chmod: { text: 'u+x' } }]) {
      const layer = await shop.copy(step, 'd /x/');
      expect(lstatSync(join(layer, 'x/a')).ino).toBe(lstatSync(join(layer, 'x/b')).ino);
      expect(lstatSync(join(layer, 'x/s')).mode & 0o7777).toBe(0o4755);
      expect(lstatSync(join(layer, 'x/s')).mtimeMs).toBe(1_000_000_000);
    }
  });

  test('a folder keeps its time though it is filled later', async () => {
    write(shop.context, { 'd/sub/deep/a': 'A', 'd/sub/b': 'B' });
    for (const folder of ['d/sub/deep', 'd/sub']) utimesSync(join(shop.context, folder), 1_000_000, 1_000_000);
    for (const step of [{}, { exclude: [{ text: 'nothing' }] }]) {
      const layer = await shop.copy(step, 'd /x/');
      for (const folder of ['x/sub', 'x/sub/deep']) expect(lstatSync(join(layer, folder)).mtimeMs).toBe(1_000_000_000);
    }
  });

  test('an epoch is the time of everything', async () => {
    write(shop.context, { 'd/sub/a': 'A' });
    shop.epoch = 1_234_567;
    for (const step of [{}, { exclude: [{ text: 'nothing' }] }, { heredocs: [{ name: 'h', content: 'H' }] }]) {
      const layer = await shop.copy(step, 'd /x/y/');
      for (const path of ['x/y/sub', 'x/y/sub/a']) expect(lstatSync(join(layer, path)).mtimeMs).toBe(1_234_567_000);
    }
  });

  test('modes lose what a umask decides, owners are root', async () => {
    write(shop.context, { 'd/a': 'A', 'd/run': 'R', 'd/sub/b': 'B' });
    chmodSync(join(shop.context, 'd/a'), 0o666);
    chmodSync(join(shop.context, 'd/run'), 0o777);
    chmodSync(join(shop.context, 'd/sub'), 0o775);
    chownSync(join(shop.context, 'd/a'), 1000, 1000);
    expect(listing(await shop.copy({}, 'd /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a 644 0:0 A',
      'x/run 755 0:0 R',
      'x/sub/ 755 0:0',
      'x/sub/b 644 0:0 B',
    ]);
  });

  test('names of deleted files of layers are refused', async () => {
    write(shop.context, { 'd/.wh.x': 'x' });
    expect(await failure(shop.copy({}, 'd /x/'))).toMatchObject({ code: 'bad-name' });
    expect(await failure(shop.copy({}, 'd/.wh.x /x/'))).toMatchObject({ code: 'bad-name' });
  });
});

describe('--from', () => {
  test('another stage keeps owners and modes, its links are followed inside it', async () => {
    write(shop.stage, { 'out/bin': 'B', 'out/lib/so': 'S', current: '-> /out', 'out/up': '-> ../../../../out/bin' });
    chmodSync(join(shop.stage, 'out/bin'), 0o4711);
    chownSync(join(shop.stage, 'out/lib/so'), 5, 6);
    expect(listing(await shop.copy({ from: 'stage' }, 'current /x/'))).toEqual([
      'x/ 755 0:0',
      'x/bin 4711 0:0 B',
      'x/lib/ 755 0:0',
      'x/lib/so 644 5:6 S',
      'x/up -> ../../../../out/bin',
    ]);
    expect(listing(await shop.copy({ from: 'stage' }, 'out/up /y'))).toEqual(['y 4711 0:0 B']);
    expect(listing(await shop.copy({ from: 'stage' }, '/out/*/so /y/'))).toEqual(['y/ 755 0:0', 'y/so 644 5:6 S']);
  });

  test('--parents with ** finds files at any depth there', async () => {
    write(shop.stage, { 'app/a/b/c.js': 'C', 'app/d.js': 'D', 'app/e.ts': 'E', 'app/up': '-> ..' });
    const layer = await shop.copy({ from: 'stage', parents: true }, '/app/./**/*.js /x/');
    expect(listing(layer).filter((line) => !line.includes('/ '))).toEqual(['x/a/b/c.js 644 0:0 C', 'x/d.js 644 0:0 D']);
  });

  test('a missing path there says what was meant', async () => {
    write(shop.stage, { 'app/dist/main': 'x' });
    expect((await failure(shop.copy({ from: 'stage' }, '/app/dst /x'))).message).toBe(
      '"/app/dst": not found in stage other (did you mean app/dist?)',
    );
  });
});

describe('--chown', () => {
  beforeEach(() => {
    write(shop.base, {
      'etc/passwd': 'root:x:0:0::/root:/bin/sh\napp:x:101:202::/:/bin/sh\n',
      'etc/group': 'root:x:0:\nstaff:x:303:app\n',
    });
    write(shop.context, { 'd/a': 'A' });
  });

  test.each([
    ['7', '7:7'],
    ['7:8', '7:8'],
    ['app', '101:202'],
    ['app:staff', '101:303'],
    ['app:9', '101:9'],
    ['5:staff', '5:303'],
  ])('%s gives %s to everything that is made', async (text, owner) => {
    expect(listing(await shop.copy({ chown: { text } }, 'd /new/x/'))).toEqual([
      `new/ 755 ${owner}`,
      `new/x/ 755 ${owner}`,
      `new/x/a 644 ${owner} A`,
    ]);
  });

  test.each([['nobody'], ['app:nogroup'], [''], [':5'], ['1:2:3']])('%j is refused', async (text) => {
    expect(await failure(shop.copy({ chown: { text } }, 'd /x/'))).toMatchObject({ code: 'unknown-user' });
  });

  test('account files that lead out of the root are not read', async () => {
    write(shop.stage, { 'etc/passwd': 'evil:x:1:1::/:/bin/sh\n' });
    shop.remove();
    shop = new Workshop(makeScratch('copy'), makeHelper());
    write(shop.stage, { 'etc/passwd': 'evil:x:1:1::/:/bin/sh\n' });
    write(shop.base, { 'etc/passwd': `-> ../../../../../..${shop.stage}/etc/passwd` });
    write(shop.context, { a: 'A' });
    expect(await failure(shop.copy({ chown: { text: 'evil' } }, 'a /x'))).toMatchObject({ code: 'unknown-user' });
  });
});

describe('--chmod', () => {
  test.each([
    ['640', ['x/ 755 0:0', 'x/a 640 0:0 A', 'x/run 640 0:0 R', 'x/sub/ 640 0:0', 'x/sub/b 640 0:0 B']],
    ['u=rwX,go=rX', ['x/ 755 0:0', 'x/a 644 0:0 A', 'x/run 755 0:0 R', 'x/sub/ 755 0:0', 'x/sub/b 644 0:0 B']],
    ['a+x,o-r', ['x/ 755 0:0', 'x/a 751 0:0 A', 'x/run 751 0:0 R', 'x/sub/ 751 0:0', 'x/sub/b 751 0:0 B']],
    ['go=', ['x/ 755 0:0', 'x/a 600 0:0 A', 'x/run 700 0:0 R', 'x/sub/ 700 0:0', 'x/sub/b 600 0:0 B']],
    ['g=u,o=', ['x/ 755 0:0', 'x/a 660 0:0 A', 'x/run 770 0:0 R', 'x/sub/ 770 0:0', 'x/sub/b 660 0:0 B']],
    ['u+s,+t', ['x/ 755 0:0', 'x/a 5644 0:0 A', 'x/run 5755 0:0 R', 'x/sub/ 5755 0:0', 'x/sub/b 5644 0:0 B']],
  ])('%s', async (text, expected) => {
    write(shop.context, { 'd/a': 'A', 'd/run': 'R', 'd/sub/b': 'B' });
    chmodSync(join(shop.context, 'd/run'), 0o755);
    const layer = await shop.copy({ chmod: { text } }, 'd /x/');
    expect(listing(layer).map((line) => line.replace(/^(x\/a) 751/, '$1 751'))).toEqual(expected);
  });

  test.each([['999'], ['17777'], ['u=q'], ['rw'], ['']])('%j is refused before anything is read', async (text) => {
    const step = await shop.step({ chmod: { text } }, 'd /x/');
    expect(() => copyOp(step)).toThrow(`invalid chmod parameter: '${text}'`);
  });
});

describe('--parents', () => {
  beforeEach(() => {
    write(shop.context, { 'a/b/c.js': 'C', 'a/b/d/e.js': 'E', 'a/x.txt': 'X', 'top.js': 'T' });
    chmodSync(join(shop.context, 'a/b'), 0o750);
  });

  test('keeps the path, and the modes of folders that it makes', async () => {
    expect(listing(await shop.copy({ parents: true }, 'a/b/c.js top.js /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a/ 755 0:0',
      'x/a/b/ 750 0:0',
      'x/a/b/c.js 644 0:0 C',
      'x/top.js 644 0:0 T',
    ]);
  });

  test('a pivot cuts what is kept', async () => {
    expect(listing(await shop.copy({ parents: true }, 'a/./b/c.js /x/'))).toEqual([
      'x/ 755 0:0',
      'x/b/ 750 0:0',
      'x/b/c.js 644 0:0 C',
    ]);
    expect(listing(await shop.copy({ parents: true }, './a/./b/d /x/'))).toEqual([
      'x/ 755 0:0',
      'x/b/ 750 0:0',
      'x/b/d/ 755 0:0',
      'x/b/d/e.js 644 0:0 E',
    ]);
  });

  test('** is any depth', async () => {
    expect(listing(await shop.copy({ parents: true }, '**/*.js /x/')).filter((line) => line.includes('.js'))).toEqual([
      'x/a/b/c.js 644 0:0 C',
      'x/a/b/d/e.js 644 0:0 E',
      'x/top.js 644 0:0 T',
    ]);
    expect(listing(await shop.copy({ parents: true }, './a/**/e.js /x/')).at(-1)).toBe('x/a/b/d/e.js 644 0:0 E');
  });

  test('a folder is copied with its own name', async () => {
    expect(listing(await shop.copy({ parents: true }, 'a/b /x/'))).toEqual([
      'x/ 755 0:0',
      'x/a/ 755 0:0',
      'x/a/b/ 750 0:0',
      'x/a/b/c.js 644 0:0 C',
      'x/a/b/d/ 755 0:0',
      'x/a/b/d/e.js 644 0:0 E',
    ]);
  });

  test('a missing path is an error', async () => {
    expect(await failure(shop.copy({ parents: true }, 'a/nope /x/'))).toMatchObject({ code: 'not-found' });
  });
});

describe('--exclude', () => {
  test('leaves out what it names, relative to the source', async () => {
    write(shop.context, {
      'd/a.md': '1',
      'd/b.ts': '2',
      'd/sub/c.md': '3',
      'd/sub/d.ts': '4',
      'd/tmp/e': '5',
      'x.md': '6',
      'y.ts': '7',
    });
    const exclude = [{ text: '**/*.md' }, { text: 'tmp' }];
    expect(listing(await shop.copy({ exclude }, 'd /x/'))).toEqual([
      'x/ 755 0:0',
      'x/b.ts 644 0:0 2',
      'x/sub/ 755 0:0',
      'x/sub/d.ts 644 0:0 4',
    ]);
    expect(listing(await shop.copy({ exclude }, 'x.md y.ts /x/'))).toEqual(['x/ 755 0:0', 'x/y.ts 644 0:0 7']);
    expect(listing(await shop.copy({ exclude: [{ text: '*' }, { text: '!sub/c.md' }] }, 'd /x/'))).toEqual([
      'x/ 755 0:0',
      'x/sub/ 755 0:0',
      'x/sub/c.md 644 0:0 3',
    ]);
  });
});

describe('heredocs', () => {
  test('become files of their names, or of the destination', async () => {
    const heredocs = [
      { name: 'one', content: 'first\n' },
      { name: 'two', content: 'second\n' },
    ];
    expect(listing(await shop.copy({ sources: [], heredocs }, '/x/'))).toEqual([
      'x/ 755 0:0',
      'x/one 644 0:0 first\n',
      'x/two 644 0:0 second\n',
    ]);
    const only = { sources: [], heredocs: heredocs.slice(0, 1), chmod: { text: '755' }, chown: { text: '3:4' } };
    expect(listing(await shop.copy(only, '/run/me'))).toEqual(['run/ 755 3:4', 'run/me 755 3:4 first\n']);
  });
});

describe('--link', () => {
  test('makes a layer of its own, blind for what is below', async () => {
    write(shop.context, { 'd/a': 'A' });
    write(shop.base, { opt: '-> /real', 'real/': '' });
    expect(listing(await shop.copy({ link: true }, 'd /opt/x/'))).toEqual([
      'opt/ 755 0:0',
      'opt/x/ 755 0:0',
      'opt/x/a 644 0:0 A',
    ]);
  });

  test('has a key without the base, unless a name is looked up in it', async () => {
    write(shop.context, { 'd/a': 'A' });
    const keys = async (step: Parameters<Workshop['step']>[0]) => {
      const op = copyOp(await shop.step(step, 'd /x/'));
      const context = shop.stepContext({ upper: '' });
      const other = [{ ...context.inputs[0]!, key: 'sha256:other' as never }, context.inputs[1]!];
      return [(await op.contentKey(context.inputs, context))!.key, (await op.contentKey(other, context))!.key];
    };
    const linked = await keys({ link: true });
    expect(linked[0]).toBe(linked[1]);
    const plain = await keys({});
    expect(plain[0]).not.toBe(plain[1]);
    const named = await keys({ link: true, chown: { text: 'app' } });
    expect(named[0]).not.toBe(named[1]);
  });
});

describe('the key', () => {
  const key = async (words: string, step: Parameters<Workshop['step']>[0] = {}): Promise<string> =>
    shop.key(copyOp(await shop.step(step, words)));

  test('is the same for the same tree, wherever it was and whenever it was made', async () => {
    write(shop.context, { 'one/a': 'A', 'one/s/b': 'B', 'two/a': 'A', 'two/s/b': 'B', 'f/a': 'A', 'g/a': 'A' });
    utimesSync(join(shop.context, 'two/a'), 5, 5);
    chmodSync(join(shop.context, 'two/s'), 0o775);
    chownSync(join(shop.context, 'two/a'), 9, 9);
    expect(await key('one /x/')).toBe(await key('two /x/'));
    expect(await key('f/a /x')).toBe(await key('g/a /x'));
  });

  test('changes with content, name, mode, link target and destination', async () => {
    write(shop.context, { 'd/a': 'A', 'd/l': '-> a' });
    const before = await key('d /x/');
    const changes: [string, () => void][] = [
      ['content', () => writeFileSync(join(shop.context, 'd/a'), 'B')],
      ['mode', () => chmodSync(join(shop.context, 'd/a'), 0o755)],
      ['name', () => write(shop.context, { 'd/new': '' })],
      ['folder', () => write(shop.context, { 'd/empty/': '' })],
      ['link', () => write(shop.context, { 'd/m': '-> b' })],
    ];
    const seen = new Set([before]);
    for (const [, change] of changes) {
      change();
      seen.add(await key('d /x/'));
    }
    seen.add(await key('d /y/'));
    seen.add(await key('d /x/', { chmod: { text: '644' } }));
    seen.add(await key('d /x/', { chown: { text: '1' } }));
    expect(seen.size).toBe(changes.length + 4);
  });

  test('is not touched by what is excluded or hidden', async () => {
    write(shop.context, { 'd/a': 'A' });
    const plain = await key('d /x/');
    write(shop.context, { 'd/b.log': 'L' });
    expect(await key('d /x/', { exclude: [{ text: '*.log' }] })).toBe(plain);
    expect(await key('d /x/', { from: await shop.open('**/*.log') })).toBe(plain);
    expect(await key('d /x/')).not.toBe(plain);
  });

  test('cannot be moved between a name and its neighbour', async () => {
    write(shop.context, { 'a/x': '1', 'a/y': '2', 'b/x': '2', 'b/y': '1', 'c/xy': '12', 'd/x/y': '12' });
    const keys = await Promise.all(['a', 'b', 'c', 'd'].map((source) => key(`${source} /x/`)));
    expect(new Set(keys).size).toBe(4);
  });

  test('of another stage is its contents too, and its identity alone needs no reading', async () => {
    write(shop.stage, { 'out/a': 'A' });
    const op = copyOp(await shop.step({ from: 'stage' }, '/out /x/'));
    expect(op.definitionKey(['sha256:base', 'sha256:stage'] as never)).toBeDefined();
    const before = await shop.key(op);
    writeFileSync(join(shop.stage, 'elsewhere'), 'x');
    expect(await key('/out /x/', { from: 'stage' })).toBe(before);
    writeFileSync(join(shop.stage, 'out/a'), 'B');
    expect(await key('/out /x/', { from: 'stage' })).not.toBe(before);
  });

  test('names each file in its explanation', async () => {
    write(shop.context, { 'd/a': 'A', 'd/l': '-> a' });
    const context = shop.stepContext({ upper: '' });
    const op = copyOp(await shop.step({}, 'd /x/'));
    const inputs = (await op.contentKey(context.inputs, context))!.inputs();
    expect(inputs['file:d/a']).toMatch(/^[0-9a-f]{64} 644 0:0$/);
    expect(inputs['file:d/l']).toMatch(/^-> a /);
  });
});

describe('a context that changes while it is read', () => {
  test('a file that is not what was digested is an error', async () => {
    write(shop.context, { 'd/a': 'A', 'd/b': 'B' });
    for (const change of [
      () => writeFileSync(join(shop.context, 'd/a'), 'changed'),
      () => write(shop.context, { 'd/new': 'n' }),
    ]) {
      const op = copyOp(await shop.step({}, 'd /x/'));
      await shop.key(op);
      change();
      expect(await failure(shop.run(op))).toMatchObject({ code: 'changed' });
    }
  });
});
