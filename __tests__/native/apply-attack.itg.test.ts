import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Helper } from '../../src/runtime/helper.ts';
import { makeScratch, removeScratch } from '../helpers/make-scratch.ts';
import { emptyFolder, helper, sanitizedHelper, unpackBytes } from '../layer/layer-fixture.ts';
import { base256, longName, pax, paxRecord, type RawEntry, rawEntry, rawTar } from '../layer/raw-tar.ts';

/** What no archive may do, each tried against the helper as it is shipped and against its sanitizer build. */
describe.each(['shipped', 'sanitized'])('an archive that attacks the %s helper', (build) => {
  let scratch: string;
  let used: Helper;

  beforeAll(() => {
    scratch = makeScratch('attack');
    used = build === 'shipped' ? helper : sanitizedHelper();
  }, 180_000);
  afterAll(() => removeScratch(scratch));

  async function unpack(entries: readonly (RawEntry | Buffer)[], options: object = {}): Promise<string> {
    const target = emptyFolder(scratch);
    await unpackBytes(rawTar(entries), { target, helper: used, ...options });
    return target;
  }

  async function refusal(entries: readonly (RawEntry | Buffer)[] | Buffer, options: object = {}): Promise<string> {
    const target = emptyFolder(scratch);
    const tar = Buffer.isBuffer(entries) ? entries : rawTar(entries);
    const error = await unpackBytes(tar, { target, helper: used, ...options }).then(
      () => undefined,
      (reason: unknown) => reason as Error & { code: string },
    );
    expect(error?.code).toBe('bad-layer');
    return error!.message;
  }

  describe('by names', () => {
    test.each(['../evil', 'a/../../evil', '../../../../../../tmp/evil', '..', './..'])('refuses %s', async (name) => {
      expect(await refusal([{ name, content: 'x' }])).toMatch(/leads out of the root/);
      expect(existsSync(join(scratch, 'evil'))).toBe(false);
    });

    test('takes an absolute name as one from the root', async () => {
      const target = await unpack([{ name: '/etc/passwd', content: 'x' }]);
      expect(readFileSync(join(target, 'etc/passwd'), 'latin1')).toBe('x');
    });

    test('takes .. inside the root by its text', async () => {
      const target = await unpack([{ name: 'a/b/../../c', content: 'x' }]);
      expect(readdirSync(target)).toEqual(['c']);
    });

    test('refuses a name from a pax header or GNU long name that leads out', async () => {
      expect(await refusal([pax({ path: '../evil' }), { name: 'harmless' }])).toMatch(/leads out/);
      expect(await refusal([longName('L', '../evil'), { name: 'harmless' }])).toMatch(/leads out/);
      expect(await refusal([{ name: 'evil', prefix: '..' }])).toMatch(/leads out/);
    });

    test('refuses names that are too long, empty or with a NUL', async () => {
      expect(await refusal([pax({ path: 'a/'.repeat(3000) }), { name: 'x' }])).toMatch(/too long/);
      expect(await refusal([{ name: '' }])).toMatch(/without a name/);
      expect(await refusal([pax({ path: 'a\0b' }), { name: 'x' }])).toMatch(/NUL/);
    });

    test("a component of more than 255 bytes is the system's error with the name", async () => {
      await expect(unpack([pax({ path: 'n'.repeat(300) }), { name: 'x' }])).rejects.toThrow(/ENAMETOOLONG|too long/);
    });

    test('refuses a root that is no folder', async () => {
      expect(await refusal([{ name: './', type: '2', link: '/etc' }])).toMatch(/root itself/);
      expect(await refusal([{ name: '.', type: '0' }])).toMatch(/root itself/);
    });
  });

  describe('by links', () => {
    test('a file behind a link out of the root lands inside it', async () => {
      const outside = emptyFolder(scratch);
      const target = await unpack([
        { name: 'out', type: '2', link: outside },
        { name: 'out/evil', content: 'x' },
      ]);
      expect(readdirSync(outside)).toEqual([]);
      expect(readFileSync(join(target, outside, 'evil'), 'latin1')).toBe('x');
    });

    test('.. in a link stops at the root', async () => {
      const target = await unpack([
        { name: 'd/up', type: '2', link: '../../../../../../..' },
        { name: 'd/up/evil', content: 'x' },
      ]);
      expect(readFileSync(join(target, 'evil'), 'latin1')).toBe('x');
      expect(existsSync('/evil')).toBe(false);
    });

    test('a link swapped in for a folder that is already open is seen', async () => {
      const outside = emptyFolder(scratch);
      const target = await unpack([
        { name: 'd/', type: '5', mode: 0o755 },
        { name: 'd/one', content: '1' },
        { name: 'd', type: '2', link: outside },
        { name: 'd/two', content: '2' },
      ]);
      expect(readdirSync(outside)).toEqual([]);
      expect(readlinkSync(join(target, 'd'))).toBe(outside);
      expect(readFileSync(join(target, outside, 'two'), 'latin1')).toBe('2');
    });

    test('a file over a link replaces the link, not what it points to', async () => {
      const outside = emptyFolder(scratch);
      writeFileSync(join(outside, 'file'), 'mine');
      const target = await unpack([
        { name: 'l', type: '2', link: join(outside, 'file') },
        { name: 'l', content: 'evil' },
      ]);
      expect(readFileSync(join(outside, 'file'), 'latin1')).toBe('mine');
      expect(lstatSync(join(target, 'l')).isFile()).toBe(true);
    });

    test('links that were in the target before are not left through either', async () => {
      const outside = emptyFolder(scratch);
      const target = emptyFolder(scratch);
      symlinkSync(outside, join(target, 'out'));
      await unpackBytes(rawTar([{ name: 'out/evil' }, { name: 'out/.wh.x' }, { name: 'out/.wh..wh..opq' }]), {
        target,
        helper: used,
        mode: 'merge',
      });
      expect(readdirSync(outside)).toEqual([]);
    });

    test.each(['delete', 'overlay'])('whiteouts behind a link delete nothing outside (%s)', async (mode) => {
      const outside = emptyFolder(scratch);
      writeFileSync(join(outside, 'keep'), '');
      const marks = [{ name: 'l', type: '2', link: outside }, { name: 'l/.wh.keep' }, { name: 'l/.wh..wh..opq' }];
      await unpack(marks, { mode: mode === 'delete' ? 'merge' : 'overlay' });
      expect(readdirSync(outside)).toEqual(['keep']);
    });

    test('folder attributes are not set through a link that came later', async () => {
      const outside = emptyFolder(scratch);
      const before = statSync(outside);
      await unpack([
        { name: 'd/', type: '5', mode: 0o700, mtime: 1 },
        { name: 'd', type: '2', link: outside },
      ]);
      expect(statSync(outside)).toMatchObject({ mode: before.mode, mtimeMs: before.mtimeMs });
    });

    test('refuses hard links to what is outside, not there, or a folder', async () => {
      const outside = emptyFolder(scratch);
      writeFileSync(join(outside, 'file'), '');
      expect(await refusal([{ name: 'h', type: '1', link: '../../../../etc/passwd' }])).toMatch(/outside of the root/);
      expect(await refusal([{ name: 'h', type: '1', link: join(outside, 'file') }])).toMatch(/has not brought/);
      expect(await refusal([{ name: 'h', type: '1', link: 'nothing' }])).toMatch(/has not brought/);
      expect(
        await refusal([
          { name: 'd/', type: '5' },
          { name: 'h', type: '1', link: 'd' },
        ]),
      ).toMatch(/is a folder/);
      expect(
        await refusal([
          { name: 'l', type: '2', link: outside },
          { name: 'h', type: '1', link: 'l/file' },
        ]),
      ).toMatch(/has not brought/);
      expect(statSync(join(outside, 'file')).nlink).toBe(1);
    });

    test('a hard link to a link is a second name of the link', async () => {
      const target = await unpack([
        { name: 'l', type: '2', link: '/etc/passwd' },
        { name: 'h', type: '1', link: 'l' },
        { name: 'h', type: '1', link: 'l' },
      ]);
      expect(readlinkSync(join(target, 'h'))).toBe('/etc/passwd');
    });

    test('links in a circle are an error', async () => {
      await expect(
        unpack([
          { name: 'a', type: '2', link: 'b' },
          { name: 'b', type: '2', link: 'a' },
          { name: 'a/x', content: 'x' },
        ]),
      ).rejects.toThrow(/something else|ELOOP/);
    });
  });

  describe('by whiteouts', () => {
    test.each(['.wh.', '.wh..', '.wh...', 'd/.wh.', 'd/.wh...'])('refuses %s, which names nothing', async (name) => {
      expect(await refusal([{ name }])).toMatch(/names no file/);
      expect(await refusal([{ name }], { mode: 'merge' })).toMatch(/names no file/);
    });

    test('refuses a whiteout as a folder', async () => {
      expect(await refusal([{ name: '.wh.d/file' }])).toMatch(/\.wh\./);
    });

    test("leaves out AUFS's own names", async () => {
      const target = await unpack([
        { name: '.wh..wh.aufs' },
        { name: '.wh..wh.plnk/', type: '5' },
        { name: '.wh..wh.plnk/1.2' },
      ]);
      expect(readdirSync(target)).toEqual([]);
    });

    test('in an archive that is no layer every such name is refused', async () => {
      for (const name of ['.wh.x', 'd/.wh..wh..opq', '.wh.d/x'])
        expect(await refusal([{ name }], { mode: 'archive' })).toMatch(/\.wh\./);
      expect(await refusal([{ name: 'x', type: '3' }], { mode: 'archive' })).toMatch(/\.wh\./);
    });

    test('marks of overlayfs do not come from an archive', async () => {
      const target = await unpack([
        pax({
          'SCHILY.xattr.trusted.overlay.redirect': '/secret',
          'SCHILY.xattr.trusted.overlay.opaque': 'y',
          'SCHILY.xattr.user.overlay.opaque': 'y',
        }),
        { name: 'd/', type: '5', mode: 0o755 },
      ]);
      const { execFileSync } = await import('node:child_process');
      expect(execFileSync('getfattr', ['-m', '-', '--absolute-names', join(target, 'd')], { encoding: 'utf8' })).toBe(
        '',
      );
    });
  });

  describe('by damage', () => {
    const whole = rawTar([
      { name: 'a', content: 'x'.repeat(5000) },
      pax({ path: 'b'.repeat(120) }),
      { name: 'b', content: 'y'.repeat(700) },
    ]);

    test('an archive cut anywhere but between entries is said to be truncated', async () => {
      const boundaries = new Set([0, 512 + 5120, whole.length - 1024, whole.length - 512]);
      for (let at = 100; at < whole.length - 1024; at += 389) {
        if (boundaries.has(at)) continue;
        expect(await refusal(whole.subarray(0, at))).toMatch(/truncated|ends behind an extension/);
      }
    });

    test('a changed header is noticed by its checksum', async () => {
      const damaged = Buffer.from(whole);
      damaged[5]! ^= 0x40;
      expect(await refusal(damaged)).toMatch(/checksum/);
    });

    test('text instead of an archive', async () => {
      expect(await refusal(Buffer.from('<html>404</html>'.repeat(100)))).toMatch(/checksum/);
      expect(await refusal(Buffer.from('short'))).toMatch(/truncated/);
    });

    test('an entry behind a lone end mark', async () => {
      expect(await refusal(rawTar([{ name: 'a' }, Buffer.alloc(512), { name: 'b' }]))).toMatch(/lone end mark/);
    });

    test('what comes behind the end is passed over', async () => {
      const target = emptyFolder(scratch);
      await unpackBytes(Buffer.concat([rawTar([{ name: 'a' }]), Buffer.alloc(20_000, 7)]), { target, helper: used });
      expect(readdirSync(target)).toEqual(['a']);
    });

    test.each([
      ['a size that is no number', { size: Buffer.from('00000xyz000\0') }],
      ['a negative size', { size: base256(-5n & ((1n << 95n) - 1n), 12) }],
      ['a size above 2^63', { size: base256(1n << 70n, 12) }],
      ['a size of 2^63 - 1', { size: base256((1n << 63n) - 1n, 12) }],
      ['an owner above 2^32', { uid: base256(1n << 33n, 8) }],
      ['a mode that is no number', { edit: (h: Buffer) => h.write('rwxr-x', 100) }],
      ['an unknown type', { type: 'Q' }],
      ['a type of no letter', { type: '\x01' }],
      ['a multi-volume part', { type: 'M' }],
    ])('refuses %s', async (_, entry) => {
      expect(await refusal([{ name: 'f', ...entry } as RawEntry])).toMatch(
        /number|negative|truncated|unknown type|larger/,
      );
    });

    const blockOf = (records: Buffer | string): Buffer => rawEntry({ name: 'x', type: 'x', content: records });
    test.each([
      ['no length', 'path=x\n'],
      ['a length of 0', '0 path=x\n'],
      ['a length beyond the header', '999 path=x\n'],
      ['an endless length', '9'.repeat(400)],
      ['a length that stops in the key', '4 path=x\n'],
      ['no newline', '9 path=xy'],
      ['no key', paxRecord('', 'x')],
      ['no equals sign', '7 path\n'],
      ['only digits', '12'],
      ['a bad size', paxRecord('size', '12x')],
      ['a negative size', paxRecord('size', '-1')],
      ['a size above 2^63', paxRecord('size', '9223372036854775808')],
      ['a size above 2^64', paxRecord('size', '99999999999999999999999')],
      ['a bad time', paxRecord('mtime', '1.5.5')],
      ['a bad owner', paxRecord('uid', '4294967295')],
      [
        'a sparse offset without length',
        Buffer.concat([paxRecord('GNU.sparse.size', '9'), paxRecord('GNU.sparse.offset', '0')]),
      ],
      ['a sparse length without offset', paxRecord('GNU.sparse.numbytes', '1')],
      ['a sparse map of one number', paxRecord('GNU.sparse.map', '1')],
      ['a sparse map with junk', paxRecord('GNU.sparse.map', '1,2,x')],
      ['an attribute with a NUL in its name', paxRecord('SCHILY.xattr.user.a\0b', 'x')],
    ])('refuses a pax header with %s', async (_, records) => {
      expect(await refusal([blockOf(records), { name: 'f' }])).toMatch(/pax header|sparse/);
    });

    test('refuses an extension header of more than a mebibyte, and many that together are too much', async () => {
      expect(await refusal([rawEntry({ name: 'x', type: 'x', size: 2 ** 20 + 1 })])).toMatch(/accepted/);
      expect(await refusal([rawEntry({ name: 'x', type: 'L', size: base256(1n << 62n, 12) })])).toMatch(/accepted/);
      const long = longName('L', 'n'.repeat(1_000_000));
      await expect(unpack([long, long, long, long, long, { name: 'f' }])).rejects.toThrow(/malloc|too long|memory/);
    });

    test('refuses extension headers that nothing follows', async () => {
      expect(await refusal([pax({ path: 'x' })])).toMatch(/behind an extension header/);
      expect(await refusal(rawTar([longName('K', 'x')], { end: false }))).toMatch(/behind an extension header/);
    });

    test.each([
      ['overlap', '0,10,5,10', 20],
      ['go backwards', '10,5,0,5', 20],
      ['pass the end', '0,10,15,10', 20],
      ['overflow', '18446744073709551615,10', 20],
      ['name less than there is', '0,5', 20],
    ])('refuses sparse pieces that %s', async (_, map, size) => {
      const content = Buffer.alloc(20);
      expect(
        await refusal([
          pax({ 'GNU.sparse.map': map, 'GNU.sparse.size': String(size), 'GNU.sparse.name': 's' }),
          { name: 'x', content },
        ]),
      ).toMatch(/sparse/);
    });

    test.each([
      ['no map', ''],
      ['too many pieces', '99999999\n'],
      ['a line without end', '1'.repeat(600)],
      ['no numbers', 'one\n0\n5\n'],
      ['fewer lines than it says', '3\n0\n5\n'],
    ])('refuses a sparse file of form 1.0 with %s', async (_, map) => {
      const records = {
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 's',
        'GNU.sparse.realsize': '100',
      };
      expect(await refusal([pax(records), { name: 'x', content: map }])).toMatch(/sparse|pieces/);
    });

    test('refuses unknown sparse forms and old sparse files with bad maps', async () => {
      expect(
        await refusal([
          pax({ 'GNU.sparse.major': '2', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1' }),
          { name: 'x' },
        ]),
      ).toMatch(/unknown form/);
      const old = (edit: (header: Buffer) => void): RawEntry => ({ name: 's', type: 'S', magic: 'ustar  \0', edit });
      expect(await refusal([old((h) => h.write('zzz', 483))])).toMatch(/real size/);
      expect(await refusal([old((h) => h.write('zzz', 386))])).toMatch(/bad number/);
      expect(await refusal(rawTar([old((h) => h.write('\x01', 482))], { end: false }))).toMatch(/inside a sparse/);
    });
  });

  describe('by amount', () => {
    test('stops at the size and at the number of entries that are accepted', async () => {
      const entries = [
        { name: 'a', content: 'x'.repeat(600) },
        { name: 'b', content: 'x'.repeat(600) },
      ];
      await expect(unpack(entries, { limits: { entries: 1 } })).rejects.toMatchObject({ code: 'bad-layer' });
      await expect(unpack(entries, { limits: { size: 1000 } })).rejects.toMatchObject({
        code: expect.stringMatching(/layer-too-large|bad-layer/),
      });
    });

    test('a small archive that makes a huge sparse file takes no space', async () => {
      const target = await unpack([
        pax({ 'GNU.sparse.map': '1099511627776,5', 'GNU.sparse.size': '2199023255552', 'GNU.sparse.name': 'huge' }),
        { name: 'x', content: 'hello' },
      ]);
      expect(statSync(join(target, 'huge')).size).toBe(2 ** 41);
      expect(statSync(join(target, 'huge')).blocks).toBeLessThan(100);
    });

    test('a path of two thousand folders, made and replaced', async () => {
      const deep = `${'d/'.repeat(2000)}f`;
      const target = await unpack([pax({ path: deep }), { name: 'x', content: 'x' }, { name: 'd', content: 'flat' }]);
      expect(readFileSync(join(target, 'd'), 'latin1')).toBe('flat');
    });
  });

  test('devices and fifos in the way are replaced, never opened', async () => {
    const target = await unpack([
      { name: 'p', type: '6' },
      { name: 'p', content: 'x' },
      { name: 'c', type: '3', major: 1, minor: 3 },
      { name: 'c', content: 'y' },
      { name: 'f', content: 'z' },
      { name: 'f', type: '6' },
    ]);
    expect(readFileSync(join(target, 'p'), 'latin1')).toBe('x');
    expect(readFileSync(join(target, 'c'), 'latin1')).toBe('y');
    expect(lstatSync(join(target, 'f')).isFIFO()).toBe(true);
  });

  test('a folder in the way of a file, and a file in the way of a folder', async () => {
    const target = await unpack([
      { name: 'd/x/y', content: '' },
      { name: 'd', content: 'now a file' },
      { name: 'f', content: '' },
      { name: 'f/', type: '5', mode: 0o755 },
      { name: 'f/in', content: 'x' },
    ]);
    expect(readFileSync(join(target, 'd'), 'latin1')).toBe('now a file');
    expect(readdirSync(join(target, 'f'))).toEqual(['in']);
    expect(await refusal([{ name: 'f' }, { name: 'f/x' }])).toMatch(/something else/);
  });

  test('nothing outside the target was touched', () => {
    mkdirSync(join(scratch, 'probe'));
    expect(existsSync('/evil')).toBe(false);
    expect(existsSync('/tmp/evil')).toBe(false);
  });
});
