import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { listLinks, NetworkChange } from '../../src/network/links.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { makeHelper, path, proc, runHelper, startTime } from '../runtime/helper-fixture.ts';

const scratch = await scratchFolder('links');
const helper = makeHelper();
const root = makeBusyboxRoot(join(scratch, 'root'));
const pinned = new Set<string>();

/** The path of a namespace that is gone after the test. */
function place(name: string): string {
  const file = join(scratch, name);
  pinned.add(file);
  return file;
}

afterEach(async () => {
  const change = new NetworkChange();
  for (const file of pinned) change.unpin(file);
  await change.run(helper);
  for (const file of pinned) expect(existsSync(file)).toBe(false);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(scratch);
  pinned.clear();
});

/** A program of a container in that network. */
function runIn(network: string, ...args: string[]) {
  return runHelper(helper, 'run', [
    ['ns', 'pid'],
    ['ns', 'mount'],
    ['ns', 'network', network],
    ['rootfs', root],
    proc,
    path,
    ['stdio', 'relay'],
    ['args', ...args],
  ]);
}

/** A bridge in a namespace of its own, and two namespaces that are plugged into it. */
function star(): { hub: string; a: string; b: string; change: NetworkChange } {
  const [hub, a, b] = [place('hub'), place('a'), place('b')];
  const change = new NetworkChange()
    .pin('hub', hub)
    .pin('a', a)
    .pin('b', b)
    .in('hub')
    .bridge('br0')
    .veth('port-a', 'eth0', 'a')
    .veth('port-b', 'eth0', 'b')
    .master('port-a', 'br0')
    .master('port-b', 'br0')
    .address('br0', '10.99.0.1/24')
    .up('lo', 'br0', 'port-a', 'port-b');
  for (const [name, last] of [
    ['a', 2],
    ['b', 3],
  ] as const) {
    change
      .in(name)
      .mac('eth0', `02:00:00:00:00:0${last}`)
      .mtu('eth0', 1400)
      .address('eth0', `10.99.0.${last}/24`)
      .address('eth0', `fd99::${last}/64`)
      .up('lo', 'eth0')
      .route({ to: 'default', via: '10.99.0.1' })
      .route({ to: '192.0.2.0/24', via: '10.99.0.1', link: 'eth0', metric: 50 });
  }
  return { hub, a, b, change };
}

test('two namespaces talk over a bridge in a third, by both families', async () => {
  const before = await listLinks(helper);
  const { a, b, change } = star();
  await change.run(helper);
  expect(await runIn(a, 'ping', '-c', '1', '-W', '5', '10.99.0.3')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 packets received'),
  });
  expect(await runIn(b, 'ping', '-c', '1', '-W', '5', 'fd99::2')).toMatchObject({ code: 0 });
  expect(await runIn(b, 'ping', '-c', '1', '-W', '5', '127.0.0.1')).toMatchObject({ code: 0 });
  expect((await runIn(a, 'ip', 'route')).stdout).toBe(
    'default via 10.99.0.1 dev eth0 \n' +
      '10.99.0.0/24 dev eth0 scope link  src 10.99.0.2 \n' +
      '192.0.2.0/24 via 10.99.0.1 dev eth0  metric 50 \n',
  );
  expect(await listLinks(helper)).toEqual(before);
});

test('links are told as the kernel has them', async () => {
  const { hub, a, change } = star();
  await change.run(helper);
  expect((await listLinks(helper, a)).find((link) => link.name === 'eth0')).toEqual({
    name: 'eth0',
    index: expect.any(Number),
    kind: 'veth',
    mac: '02:00:00:00:00:02',
    mtu: 1400,
    master: undefined,
    up: true,
    running: true,
    addresses: expect.arrayContaining(['10.99.0.2/24', 'fd99::2/64']),
  });
  expect(await listLinks(helper, hub)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'br0', kind: 'bridge', addresses: expect.arrayContaining(['10.99.0.1/24']) }),
      expect.objectContaining({ name: 'port-a', kind: 'veth', master: 'br0', up: true }),
    ]),
  );
  await new NetworkChange()
    .at('a', a)
    .in('a')
    .removeRoute({ to: 'default', via: '10.99.0.1' })
    .removeAddress('eth0', 'fd99::2/64')
    .down('eth0')
    .rename('eth0', 'lan')
    .run(helper);
  const lan = (await listLinks(helper, a)).find((link) => link.name === 'lan');
  expect(lan).toMatchObject({ up: false, addresses: ['10.99.0.2/24'] });
  await new NetworkChange().at('hub', hub).in('hub').master('port-a', undefined).delete('port-b').run(helper);
  const ports = await listLinks(helper, hub);
  expect(ports.find((link) => link.name === 'port-a')).toMatchObject({ master: undefined });
  expect(ports.map((link) => link.name)).not.toContain('port-b');
});

test('a running container is given a link afterwards, by its process', async () => {
  const { hub, change } = star();
  await change.run(helper);
  const sleeper = helper.spawn(
    'run',
    [['ns', 'pid'], ['ns', 'mount'], ['ns', 'network'], ['rootfs', root], proc, path, ['args', 'sleep', '1000']],
    { stdio: { stdin: 'null', stdout: 'null', stderr: 'null' } },
  );
  try {
    for await (const report of sleeper.reports) {
      if (report.event !== 'started') continue;
      const pid = Number(report.pid);
      await new NetworkChange()
        .at('hub', hub)
        .of('it', pid, startTime(pid))
        .in('hub')
        .veth('late', 'cable')
        .move('cable', 'it')
        .in('it')
        .rename('cable', 'eth7')
        .sysctl('net.ipv4.ip_forward', 1)
        .run(helper);
      expect((await listLinks(helper, `/proc/${pid}/ns/net`)).map((link) => link.name)).toContain('eth7');
      expect(
        execFileSync('nsenter', ['-t', String(pid), '-n', 'cat', '/proc/sys/net/ipv4/ip_forward'], {
          encoding: 'utf8',
        }),
      ).toBe('1\n');
      await expect(new NetworkChange().of('it', pid, 1n).run(helper)).rejects.toThrow(
        /another process has this number now/,
      );
      sleeper.release();
    }
  } finally {
    sleeper.release();
    await sleeper.exited;
  }
});

test('a refusal names the operation, its object and the namespace, and leaves nothing half-made behind', async () => {
  const hub = place('refused');
  const change = () => new NetworkChange().at('hub', hub).in('hub');
  await new NetworkChange().pin('hub', hub).in('hub').bridge('br0').run(helper);
  await expect(change().bridge('br0').run(helper)).rejects.toMatchObject({
    code: 'exists',
    message: expect.stringMatching(/network: RTM_NEWLINK bridge br0 \(in hub\).*EEXIST/),
  });
  await expect(change().up('eth9').run(helper)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/RTM_SETLINK eth9 up \(in hub\).*ENODEV/),
  });
  await expect(change().master('br0', 'br9').run(helper)).rejects.toThrow(/RTM_GETLINK br9/);
  await expect(change().address('br0', '10.0.0.1/24').address('br0', '10.0.0.1/24').run(helper)).rejects.toThrow(
    /RTM_NEWADDR 10\.0\.0\.1\/24 on br0/,
  );
  await expect(change().route({ to: '10.9.0.0/16', via: '10.0.7.1' }).run(helper)).rejects.toThrow(
    /RTM_NEWROUTE 10\.9\.0\.0\/16/,
  );
  await expect(change().mtu('br0', 4).run(helper)).rejects.toThrow(/RTM_SETLINK br0 mtu .*[Mm]tu|RTM_SETLINK br0 mtu/);
  await expect(change().sysctl('kernel.hostname', 'x').run(helper)).rejects.toThrow(/expected a name below net\//);
  await expect(new NetworkChange().in('nowhere').run(helper)).rejects.toThrow(
    /no network namespace is called "nowhere"/,
  );
  await expect(new NetworkChange().at('x', join(root, 'etc/passwd')).run(helper)).rejects.toThrow(
    /is not a network namespace|ENOTTY/,
  );
  await expect(new NetworkChange().pin('again', hub).run(helper)).rejects.toMatchObject({ code: 'exists' });
  expect(() => new NetworkChange().bridge('a-name-of-16-by-')).toThrow(/1 to 15 bytes/);
  expect(() => new NetworkChange().route({ to: 'default' })).toThrow(/needs `via`/);
  expect(() => new NetworkChange().route({ to: '10.0.0.0/8', via: 'fd00::1' })).toThrow(/other address family/);
});
