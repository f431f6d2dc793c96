import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { containerLine } from '../container/fixture.ts';

const cli = await containerLine('visible-copy');

test('a bind mount of what an ignore file leaves of a context has folders before what they hold', async () => {
  const context = join(cli.folder, 'context');
  const levels = Array.from({ length: 30 }, (_, i) => `level${i}`);
  await mkdir(join(context, 'top', ...levels), { recursive: true });
  for (const [i] of levels.entries()) await writeFile(join(context, 'top', ...levels.slice(0, i), 'file'), 'x');
  await writeFile(join(context, 'top/hidden'), 'x');
  await writeFile(join(context, '.dockerignore'), '**/hidden\n');
  const script = 'find /m -type d | wc -l; find /m -type f | wc -l; ls /m';
  await writeFile(
    join(context, 'Dockerfile'),
    `FROM busybox\nRUN --mount=type=bind,source=top,target=/m (${script}) > /seen\n`,
  );
  await cli.ok(['build', '--quiet', '--tag', 'seen', context]);
  expect(await cli.ok(['run', '--rm', 'seen', 'cat', '/seen'])).toBe('31\n30\nfile\nlevel0\n');
});
