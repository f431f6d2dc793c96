import { expect, test } from '@jest/globals';
import { containerLine } from './fixture.ts';

const cli = await containerLine('volumes');

test('volumes are made, listed, shown, used and removed', async () => {
  expect(await cli.ok(['volume', 'create', '--label', 'a=b', 'data'])).toBe('data\n');
  expect(await cli.ok(['volume', 'create', 'data'])).toBe('data\n');
  expect(await cli.ok(['volume', 'ls'])).toMatch(/^DRIVER\s+VOLUME NAME\nlocal\s+data\n$/);
  expect(await cli.ok(['volume', 'inspect', '-f', '{{.Labels.a}} {{.Mountpoint}}', 'data'])).toMatch(
    /^b .*\/volumes\/data\/_data\n$/,
  );
  await cli.ok(['create', '--name', 'user', '-v', 'data:/d', 'busybox']);
  expect((await cli.run(['volume', 'rm', 'data'])).stderr).toContain('volume data is in use by user');
  expect(await cli.ok(['volume', 'ls', '-q', '--filter', 'dangling=true'])).toBe('');
  await cli.ok(['rm', 'user']);
  expect(await cli.ok(['volume', 'ls', '-q', '--filter', 'dangling=true'])).toBe('data\n');
  await cli.ok(['volume', 'rm', 'data']);
  expect((await cli.run(['volume', 'inspect', 'data'])).code).toBe(1);
  expect((await cli.run(['volume', 'create', 'a/b'])).stderr).toContain('invalid volume name');
});

test('prune takes unnamed volumes, and named ones only when told', async () => {
  await cli.ok(['volume', 'create', 'named']);
  await cli.ok(['create', '--name', 'anon', '-v', '/x', 'busybox']);
  await cli.ok(['rm', 'anon']);
  expect(await cli.ok(['volume', 'prune', '-f'])).toContain('Deleted Volumes:');
  expect(await cli.ok(['volume', 'ls', '-q'])).toBe('named\n');
  await cli.ok(['volume', 'prune', '-af']);
  expect(await cli.ok(['volume', 'ls', '-q'])).toBe('');
});

test('rm -v takes what was made for the container alone', async () => {
  await cli.ok(['create', '--name', 'both', '-v', '/x', '-v', 'keep:/y', 'busybox']);
  await cli.ok(['rm', '-v', 'both']);
  expect(await cli.ok(['volume', 'ls', '-q'])).toBe('keep\n');
});

test('--volumes-from hands on what another container has', async () => {
  await cli.ok(['run', '--name', 'first', '-v', 'shared:/s', 'busybox', 'sh', '-c', 'echo x > /s/f']);
  expect(
    (await cli.run(['run', '--rm', '--volumes-from', 'first:ro', 'busybox', 'sh', '-c', 'cat /s/f; touch /s/g']))
      .stdout,
  ).toBe('x\n');
});

test('a folder of a volume; a link in it does not lead out', async () => {
  const script = 'mkdir /v/sub; echo in > /v/sub/f; ln -s /etc /v/out; ln -s sub /v/link';
  await cli.ok(['run', '--rm', '-v', 'parts:/v', 'busybox', 'sh', '-c', script]);
  const look = (subpath: string, ...words: string[]) =>
    cli.run(['run', '--rm', '--mount', `type=volume,src=parts,dst=/p,volume-subpath=${subpath}`, 'busybox', ...words]);
  expect((await look('sub', 'cat', '/p/f')).stdout).toBe('in\n');
  expect((await look('link', 'cat', '/p/f')).stdout).toBe('in\n');
  expect(await look('sub/f', 'cat', '/p')).toMatchObject({ code: 0, stdout: 'in\n' });
  const escaping = await look('out', 'ls', '/p');
  expect([escaping.code, escaping.stdout]).toEqual([125, '']);
  expect((await look('missing', 'ls', '/p')).code).toBe(125);
  expect((await look('../x', 'ls', '/p')).stderr).toContain('expected a relative path inside the volume');
});

test('system info counts', async () => {
  await cli.ok(['create', '--name', 'one', 'busybox']);
  expect(await cli.ok(['system', 'info', '-f', '{{.Images}} {{.ServerVersion}}'])).toMatch(/^1 \d+\.\d+\.\d+\n$/);
  expect(await cli.ok(['info'])).toMatch(/Cgroups:\s+(v1|v2|hybrid)/);
});
