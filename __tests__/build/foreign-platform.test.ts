import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkPlatform } from '../../src/build/ops/foreign-platform.ts';
import { hostPlatform, parsePlatform } from '../../src/oci/platform.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('binfmt');
const location = { file: 'Dockerfile', line: 3 };
/** What binfmt_misc shows of Debian's qemu-user-static. */
const HANDLER = `enabled
interpreter /usr/libexec/qemu-binfmt/s390x-binfmt-P
flags: POF
offset 0
magic 7f454c4602020100000000000000000000020016
mask ffffffffffffff00fffffffffffffffffffeffff
`;
let next = 0;

async function binfmt(handlers: Record<string, string>): Promise<string> {
  const place = join(folder, String(next++));
  await mkdir(place);
  const all = { register: '', status: 'enabled\n', ...handlers };
  for (const [name, text] of Object.entries(all)) await writeFile(join(place, name), text);
  return place;
}

const check = async (platform: string, handlers: Record<string, string>) =>
  checkPlatform(parsePlatform(platform), location, await binfmt(handlers));

describe('a RUN for another platform', () => {
  test('is possible where an emulator is registered with the F flag', async () => {
    await expect(check('linux/s390x', { 'qemu-s390x': HANDLER })).resolves.toBeUndefined();
    await expect(checkPlatform(hostPlatform(), location, join(folder, 'none'))).resolves.toBeUndefined();
  });

  test.each<[string, Record<string, string>, string]>([
    ['nothing is mounted or registered', {}, 'no emulator is registered with binfmt_misc'],
    ['it is switched off', { q: HANDLER.replace('enabled', 'disabled') }, 'no emulator is registered'],
    ['it is for something else', { q: HANDLER.replace('0016\n', '0015\n') }, 'no emulator is registered'],
    ['the F flag is missing', { q: HANDLER.replace('POF', 'OC') }, 'without the F flag, so containers cannot see it'],
  ])('is refused clearly where %s', async (_why, handlers, message) => {
    await expect(check('linux/s390x', handlers)).rejects.toMatchObject({
      code: 'foreign-platform',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('qemu-user-static'),
    });
  });

  test('is refused for another system than Linux', async () => {
    await expect(check('windows/amd64', {})).rejects.toThrow('only Linux programs can run here');
  });
});
