import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { NetBatch } from '../../src/network/net-batch.ts';
import type { HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { makeHelper, path, proc, runHelper } from '../runtime/helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('net');
const root = makeBusyboxRoot(join(scratch, 'root'));
const spaces: string[] = [];

function space(name: string): string {
  const file = join(scratch, name);
  spaces.push(file);
  return file;
}

afterEach(async () => {
  const batch = new NetBatch();
  for (const file of spaces.splice(0)) batch.removeNamespace(file);
  await batch.apply(helper);
});

/** What a shell says in a container that joins the namespace. */
async function inside(file: string, command: string): Promise<string> {
  const records: HelperRecord[] = [
    ['ns', 'pid'],
    ['ns', 'mount'],
    ['ns', 'network', file],
    ['rootfs', root],
    proc,
    path,
    ['stdio', 'relay'],
    ['args', '/bin/sh', '-c', command],
  ];
  const { stdout, stderr } = await runHelper(helper, 'run', records);
  return stdout + stderr;
}

describe('a batch of network changes', () => {
  test('two namespaces talk over a bridge in a third, which no link of the host is part of', async () => {
    const [project, one, two] = [space('project'), space('one'), space('two')];
    const before = readFileSync('/proc/net/dev', 'utf8').split('\n').length;
    await new NetBatch()
      .makeNamespace(project)
      .makeNamespace(one)
      .makeNamespace(two)
      .inside(project)
      .addBridge('br0')
      .addAddress('br0', { address: '10.89.7.1', prefix: 24 })
      .up('br0')
      .addVeth('port1', 'eth0', one)
      .master('port1', 'br0')
      .up('port1')
      .addVeth('port2', 'eth0', two)
      .master('port2', 'br0')
      .up('port2')
      .inside(one)
      .addAddress('eth0', { address: '10.89.7.2', prefix: 24 })
      .mac('eth0', '02:42:0a:59:07:02')
      .mtu('eth0', 1400)
      .up('eth0')
      .up('lo')
      .addRoute({ address: '0.0.0.0', prefix: 0 }, { gateway: '10.89.7.1' })
      .inside(two)
      .addAddress('eth0', { address: '10.89.7.3', prefix: 24 })
      .addAddress('eth0', { address: 'fd00:89::3', prefix: 64 })
      .up('eth0')
      .apply(helper);
    expect(await inside(two, 'ping -c 1 -W 5 10.89.7.2')).toMatch(/1 packets received/);
    const about = await inside(one, 'ip link show eth0; ip addr show eth0; ip route; ping -c 1 -W 5 127.0.0.1');
    expect(about).toMatch(/mtu 1400/);
    expect(about).toMatch(/02:42:0a:59:07:02/);
    expect(about).toMatch(/inet 10\.89\.7\.2\/24 brd 10\.89\.7\.255/);
    expect(about).toMatch(/default via 10\.89\.7\.1 dev eth0/);
    expect(about).toMatch(/1 packets received/);
    expect(await inside(two, 'ip -6 addr show eth0')).toMatch(/fd00:89::3\/64/);
    expect(readFileSync('/proc/net/dev', 'utf8').split('\n')).toHaveLength(before);
  });

  test('takes away what it gave', async () => {
    const file = space('away');
    await new NetBatch()
      .makeNamespace(file)
      .inside(file)
      .addDummy('first')
      .rename('first', 'd0')
      .addAddress('d0', { address: '10.1.2.3', prefix: 16 })
      .up('d0')
      .addRoute({ address: '10.9.0.0', prefix: 16 }, { link: 'd0' })
      .removeRoute({ address: '10.9.0.0', prefix: 16 }, { link: 'd0' })
      .removeAddress('d0', { address: '10.1.2.3', prefix: 16 })
      .sysctl('net/ipv4/ip_forward', '1')
      .apply(helper);
    expect(await inside(file, 'ip route; cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n');
    await new NetBatch().inside(file).removeLink('d0').inside().removeNamespace(file).apply(helper);
    expect(existsSync(file)).toBe(false);
  });

  test('a link moves into the namespace of a process', async () => {
    const [from, to] = [space('from'), space('to')];
    await new NetBatch().makeNamespace(from).makeNamespace(to).inside(from).addDummy('d1').move('d1', to).apply(helper);
    expect(await inside(to, 'ip link show d1')).toMatch(/d1:/);
    expect(await inside(from, 'ip link show d1')).toMatch(/can't find device|does not exist/);
  });

  test.each([
    [
      'a link that is there already',
      (b: NetBatch) => b.addDummy('d').addDummy('d'),
      /RTM_NEWLINK.*d \(dummy\).*exists/,
    ],
    ['a link that is not there', (b: NetBatch) => b.up('nowhere'), /nowhere/],
    [
      'a gateway that no link leads to',
      (b: NetBatch) => b.addRoute({ address: '10.0.0.0', prefix: 8 }, { gateway: '10.1.1.1' }),
      /RTM_NEWROUTE.*10\.0\.0\.0\/8 via 10\.1\.1\.1/,
    ],
    ['no address', (b: NetBatch) => b.addAddress('lo', { address: '10.0.0', prefix: 8 }), /10\.0\.0 is no address/],
    [
      'a prefix that is too long',
      (b: NetBatch) => b.addAddress('lo', { address: '10.0.0.1', prefix: 33 }),
      /no such prefix length/,
    ],
    ['a name that is too long', (b: NetBatch) => b.addBridge('a'.repeat(16)), /RTM_NEWLINK/],
    ['a sysctl of the machine', (b: NetBatch) => b.sysctl('net/../kernel/hostname', 'x'), /below net\//],
    [
      'a hardware address with letters',
      (b: NetBatch) => b.mac('lo', '02:42:0a:59:07:zz'),
      /mac 02:42:0a:59:07:zz cannot be set/,
    ],
  ])('names the operation and the object: %s', async (_what, change, message) => {
    const file = space('wrong');
    const batch = new NetBatch().makeNamespace(file).inside(file);
    await expect(change(batch).apply(helper)).rejects.toThrow(message);
  });

  test('a namespace is not made over a file that is there', async () => {
    const file = space('twice');
    await new NetBatch().makeNamespace(file).apply(helper);
    await expect(new NetBatch().makeNamespace(file).apply(helper)).rejects.toThrow(/twice/);
  });
});
