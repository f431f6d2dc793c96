import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { scratchFolder } from '../helpers/scratch.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';

const folder = await scratchFolder('base-images');
const project = join(import.meta.dirname, '../..');
const ours = `${process.execPath} --no-warnings ${join(project, 'src/cli/entry.ts')}`;
const env = {
  ...process.env,
  CONTAINERIZE: ours,
  CONTAINERIZE_HELPER: makeHelper().binary,
  CONTAINERIZE_ROOT: join(folder, 'root'),
  CONTAINERIZE_RUN: join(folder, 'run'),
};
const run = (command: string, input = '') => execFileSync('sh', ['-c', command], { env, input, encoding: 'utf8' });

describe('scripts/base-images', () => {
  test('makes busybox from Debian’s package under its usual name, once, so that FROM works without a registry', () => {
    const script = join(project, 'scripts/base-images');
    expect(run(`${script} busybox`)).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(run(`${script} busybox`)).toBe('');
    run(`${ours} build -q -t app -`, 'FROM busybox\nRUN ls -l /bin/sh > /made\n');
    expect(run(`${ours} run --rm --network none app sh -c 'cat /made; id -un www-data; stat -c %a /tmp'`)).toMatch(
      /\/bin\/sh -> busybox\nwww-data\n1777\n$/,
    );
  }, 30_000);

  test('says which images there are', () => {
    expect(() => run(`${join(project, 'scripts/base-images')} alpine 2>&1`)).toThrow();
  });
});
