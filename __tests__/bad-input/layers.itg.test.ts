import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { LayoutStore } from '../../src/content/layout-store.ts';
import type { Layer } from '../../src/content/store.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { rawTar } from '../layer/raw-tar.ts';
import { Program, refusal } from './program.ts';

const program = new Program(await scratchFolder('bad-layers'));
const outside = join(program.folder, 'outside');
await writeFile(outside, 'untouched');
afterAll(async () => expect(await program.leftovers()).toEqual([]));

let number = 0;
/** An image whose last layer is `tar`, gzipped, as a malicious registry would give it: every digest is right. */
async function imageOf(tar: Buffer, blob: Buffer = gzipSync(tar)): Promise<string> {
  const name = `docker.io/library/evil:${++number}`;
  await program.image(
    name,
    async (store: LayoutStore): Promise<Layer[]> => [
      { descriptor: await store.put(MEDIA.ociLayerGzip, blob), diffId: sha256(tar) },
    ],
  );
  return `evil:${number}`;
}

const tarOf = (...entries: Parameters<typeof rawTar>[0]) => rawTar(entries);

describe('a layer that cannot be unpacked ends run and build', () => {
  const whole = tarOf({ name: 'big', content: Buffer.alloc(100_000, 1) });
  const cases: [string, Buffer, Buffer | undefined, RegExp][] = [
    ['a tar cut in the middle of a file', whole.subarray(0, 50_000), undefined, /truncated|ends|end of/i],
    ['gzip data cut short', whole, gzipSync(whole).subarray(0, 60), /gzip|ends|truncated/i],
    ['a header with a wrong checksum', rawTar([{ name: 'x', checksum: 1 }]), undefined, /checksum/i],
    ['text instead of a tar', Buffer.from('no tar at all\n'.repeat(100)), undefined, /checksum|tar/i],
  ];
  test.each(cases)('%s', async (_, tar, blob, says) => {
    const name = await imageOf(tar, blob);
    const ran = await program.run(['run', '--rm', '--network', 'none', name, 'true']);
    expect(refusal(ran)).toEqual({ code: 125, stack: false, text: expect.stringMatching(says) });
    const built = await program.build({ Dockerfile: `FROM ${name}\nRUN true\n` });
    expect(refusal(built)).toEqual({ code: 65, stack: false, text: expect.stringMatching(says) });
    expect((await program.run(['ps', '-aq'])).stdout).toBe('');
  });

  test('a tar that is not the one that the config names', async () => {
    const tar = tarOf({ name: 'a', content: 'a' });
    const name = await imageOf(tarOf({ name: 'b', content: 'b' }), gzipSync(tar));
    const ran = await program.run(['run', '--rm', '--network', 'none', name, 'true']);
    expect(refusal(ran)).toEqual({ code: 125, stack: false, text: expect.stringMatching(/diff ID|sha256:/i) });
  });
});

describe('a layer whose entries want out stays inside, or is refused', () => {
  const cases: [string, Buffer][] = [
    ['../ in a name', tarOf({ name: `../../../../../../../..${outside}`, content: 'escaped' })],
    ['an absolute name', tarOf({ name: outside, content: 'escaped' })],
    [
      'a file through an absolute link',
      tarOf({ name: 'out', type: '2', link: program.folder }, { name: 'out/outside', content: 'escaped' }),
    ],
    [
      'a file through a relative link',
      tarOf(
        { name: 'out', type: '2', link: `../../../../../../../..${program.folder}` },
        { name: 'out/outside', content: 'escaped' },
      ),
    ],
    [
      'a folder swapped for a link under a later entry',
      tarOf(
        { name: 'd', type: '5', mode: 0o755 },
        { name: 'd/x', content: 'x' },
        { name: 'd', type: '2', link: program.folder },
        { name: 'd/outside', content: 'escaped' },
      ),
    ],
    [
      'a hard link to a file of the host',
      tarOf({ name: 'hard', type: '1', link: outside }, { name: 'hard', content: 'escaped' }),
    ],
    [
      'a whiteout through a link',
      tarOf({ name: 'w', type: '2', link: program.folder }, { name: 'w/.wh.outside', content: '' }),
    ],
  ];
  test.each(cases)('%s', async (_, tar) => {
    const name = await imageOf(tar);
    const ran = await program.run(['run', '--rm', '--network', 'none', name, 'cat', outside]);
    expect(refusal(ran).stack).toBe(false);
    const built = await program.build({ Dockerfile: `FROM ${name}\nRUN true\n` });
    expect([0, 65]).toContain(built.code);
    expect(refusal(built).stack).toBe(false);
    expect(readFileSync(outside, 'utf8')).toBe('untouched');
    expect(ran.stdout).not.toBe('untouched');
  });

  test('a device is made, and the container may not open it', async () => {
    const name = await imageOf(tarOf({ name: 'disk', type: '4', mode: 0o666, major: 7, minor: 0 }));
    const ran = await program.run(['run', '--rm', '--network', 'none', name, 'sh', '-c', 'head -c 1 /disk']);
    expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(/not permitted|denied/) });
    expect(ran.code).not.toBe(0);
  });
});

test('a manifest of 100 MB is refused before it is read', async () => {
  const blob = Buffer.alloc(100_000_000, 0x20);
  const folder = join(program.folder, 'layout');
  const digest = createHash('sha256').update(blob).digest('hex');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'blobs/sha256', digest), blob);
  const mediaType = MEDIA.ociManifest;
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest: `sha256:${digest}`, size: blob.length }] }),
  );
  const built = await program.build(
    { Dockerfile: 'FROM base\nRUN true\n' },
    { flags: ['--build-context', `base=oci-layout://${folder}@sha256:${digest}`] },
  );
  expect(refusal(built)).toEqual({ code: 65, stack: false, text: expect.stringMatching(/large|bytes|MB|MiB/i) });
  expect(existsSync(join(program.root, 'content/blobs/sha256', digest))).toBe(false);
});
