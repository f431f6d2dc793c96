import type { Helper, HelperRecord } from '../runtime/helper.ts';
import { addressBytes, macBytes, parseSubnet } from './address.ts';
import { NetworkError, networkError } from './network-error.ts';

/** A network device as the kernel tells it. */
export interface Link {
  name: string;
  index: number;
  /** `veth`, `bridge`, …; undefined for the loopback and real hardware. */
  kind: string | undefined;
  mac: string | undefined;
  mtu: number;
  /** The name of the bridge that it is a port of. */
  master: string | undefined;
  up: boolean;
  /** Up, and something is at the other end. */
  running: boolean;
  /** `10.0.0.1/24`, … */
  addresses: string[];
}

export interface Route {
  /** `10.0.0.0/8`, or `default`. */
  to: string;
  via?: string;
  link?: string;
  metric?: number;
}

/** The namespace that the helper is started in. */
export const OWN_NAMESPACE = '';

/**
 * A batch of changes to network namespaces and links: nothing happens until `run`, then everything in order, up to the
 * first error. Namespaces get a name by `pin`, `at` or `of`; `in` says where the operations that follow happen.
 *
 * What is in a namespace goes with it, the other ends of its veths too: who made pinned namespaces removes them with
 * `unpin`, and nothing else is left to clean.
 */
export class NetworkChange {
  readonly #records: HelperRecord[] = [];

  /** A new namespace, kept by a mount on `path`, a file that must not be there yet. */
  pin(name: string, path: string): this {
    return this.#add('pin', name, path);
  }

  /** The end of a pinned namespace, once nobody runs in it; one that is gone already is no error. */
  unpin(path: string): this {
    return this.#add('unpin', path);
  }

  /** A namespace that is there: pinned, or `/proc/<pid>/ns/net`. */
  at(name: string, path: string): this {
    return this.#add('at', name, path);
  }

  /** The namespace of a process; `startTime` (field 22 of its stat) guards against a reused number. */
  of(name: string, pid: number, startTime: string | bigint): this {
    return this.#add('of', name, pid, startTime);
  }

  in(name: string): this {
    return this.#add('in', name);
  }

  bridge(name: string): this {
    return this.#add('bridge', linkName(name));
  }

  /** Two ends of one cable; `peer` comes into being in the namespace `peerNamespace` when it is named. */
  veth(name: string, peer: string, peerNamespace?: string): this {
    const ends = [linkName(name), linkName(peer)];
    return this.#add('veth', ...ends, ...(peerNamespace === undefined ? [] : [peerNamespace]));
  }

  move(link: string, namespace: string): this {
    return this.#add('move', linkName(link), namespace);
  }

  rename(link: string, name: string): this {
    return this.#add('rename', linkName(link), linkName(name));
  }

  mac(link: string, mac: string): this {
    return this.#add('mac', linkName(link), macBytes(mac));
  }

  mtu(link: string, mtu: number): this {
    return this.#add('mtu', linkName(link), mtu);
  }

  /** Plugs a link into a bridge, or out of the one that it is in. */
  master(link: string, bridge: string | undefined): this {
    return this.#add('master', linkName(link), bridge === undefined ? '' : linkName(bridge));
  }

  up(...links: string[]): this {
    for (const link of links) this.#add('up', linkName(link));
    return this;
  }

  down(link: string): this {
    return this.#add('down', linkName(link));
  }

  /** Removes a link; the other end of a veth goes with it. */
  delete(link: string): this {
    return this.#add('delete', linkName(link));
  }

  /** `subnet` is the link's address with its prefix length: `10.0.0.1/24`. */
  address(link: string, subnet: string): this {
    const { bytes, prefix } = parseSubnet(subnet);
    return this.#add('address', linkName(link), bytes, prefix);
  }

  removeAddress(link: string, subnet: string): this {
    const { bytes, prefix } = parseSubnet(subnet);
    return this.#add('address-delete', linkName(link), bytes, prefix);
  }

  route(route: Route): this {
    return this.#add('route', ...routeArgs(route));
  }

  removeRoute(route: Route): this {
    return this.#add('route-delete', ...routeArgs(route));
  }

  /** `net.ipv4.ip_forward`, …: only what belongs to the namespace. */
  sysctl(name: string, value: string | number): this {
    return this.#add('sysctl', name.replaceAll('.', '/'), String(value));
  }

  async run(helper: Helper, options: { signal?: AbortSignal } = {}): Promise<void> {
    await runNet(helper, this.#records, options.signal);
  }

  #add(...record: HelperRecord): this {
    this.#records.push(record);
    return this;
  }
}

/** The links of the namespace behind `path` (our own when undefined), with their addresses. */
export async function listLinks(
  helper: Helper,
  path?: string,
  options: { signal?: AbortSignal } = {},
): Promise<Link[]> {
  const where: HelperRecord[] =
    path === undefined
      ? []
      : [
          ['at', 'there', path],
          ['in', 'there'],
        ];
  const reports = await runNet(helper, [...where, ['links'], ['addresses']], options.signal);
  const links = reports.filter((r) => r.event === 'link');
  const names = new Map(links.map((link) => [link.index, String(link.name)]));
  return links.map((link) => ({
    name: String(link.name),
    index: Number(link.index),
    kind: typeof link.kind === 'string' ? link.kind : undefined,
    mac: typeof link.mac === 'string' ? link.mac : undefined,
    mtu: Number(link.mtu),
    master: names.get(link.master),
    up: link.up === true,
    running: link.running === true,
    addresses: reports
      .filter((r) => r.event === 'address' && r.index === link.index)
      .map((r) => `${String(r.address)}/${Number(r.prefix)}`),
  }));
}

async function runNet(helper: Helper, records: readonly HelperRecord[], signal: AbortSignal | undefined) {
  const reports: { event: string; [field: string]: unknown }[] = [];
  const process = helper.spawn('net', records, {
    stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
    onReport: (report) => reports.push(report),
    ...(signal !== undefined && { signal }),
  });
  try {
    await process.finished();
  } catch (error) {
    throw networkError(error);
  }
  signal?.throwIfAborted();
  return reports;
}

function routeArgs({ to, via, link, metric }: Route): (string | number | Uint8Array)[] {
  const subnet = to === 'default' ? { bytes: new Uint8Array(), prefix: 0 } : parseSubnet(to);
  const gateway = via === undefined ? new Uint8Array() : addressBytes(via);
  const family = subnet.bytes.length || gateway.length;
  if (family === 0 || (subnet.bytes.length > 0 && gateway.length > 0 && gateway.length !== family)) {
    throw new NetworkError(
      'bad-link',
      family === 0
        ? 'a default route needs `via`, the address of a gateway'
        : `route to ${to}: the gateway ${via} is of the other address family`,
    );
  }
  return [
    subnet.bytes,
    subnet.prefix,
    gateway,
    link === undefined ? '' : linkName(link),
    ...(metric === undefined ? [] : [metric]),
  ];
}

/** What the kernel takes as a link's name: 1 to 15 bytes, no slash, colon or blank, not a dot or two. */
function linkName(name: string): string {
  if (!/^[^\s/:%\0]+$/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > 15) {
    throw new NetworkError(
      'bad-link',
      `expected a link's name of 1 to 15 bytes without "/", ":", "%" or blanks, got "${name}"`,
    );
  }
  return name;
}
